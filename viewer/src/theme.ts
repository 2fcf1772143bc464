// Colours, as the style sheet has them for this reader: light, dark or of high contrast.
export interface Theme {
  back: string; text: string; muted: string; grid: string; lane: string;
  client: string; replica: string; lost: string; wrong: string; wrongFill: string;
  opFill: string; leader: string; candidate: string; focus: string; down: string;
  only: string; sides: string[];
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    back: colour("back"), text: colour("text"), muted: colour("muted"), grid: colour("grid"),
    lane: colour("lane"), client: colour("client"), replica: colour("replica"),
    lost: colour("lost"), wrong: colour("wrong"), wrongFill: colour("wrong-fill"),
    opFill: colour("op-fill"), leader: colour("leader"), candidate: colour("candidate"),
    focus: colour("focus"), down: colour("down"), only: colour("only"),
    sides: ["side-a", "side-b", "side-c", "side-d"].map(colour),
  };
}
