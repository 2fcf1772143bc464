// The space-time diagram, layer by layer.
import { drawDensity } from "./layer_density";
import { drawEvents } from "./layer_events";
import { drawOver, drawUnder } from "./layer_lanes";
import { Pen } from "./pen";
import { Drawn, Input, Scene } from "./scene";
import { sliceList } from "./state";
import { AXIS_NAMES, axisText } from "./words";

const ARROWS_MOST = 4000;

export interface SpaceTime {
  drawn: Drawn[];
  summary: string; // what it shows, in words
}

export function drawSpaceTime(pen: Pen, input: Input): SpaceTime {
  const scene = new Scene(pen, input);
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  pen.fillStyle = input.theme.back;
  pen.fillRect(0, 0, input.size.width, input.size.height);
  drawUnder(scene);
  const events = visibleEvents(scene);
  if (events) drawEvents(scene, events);
  else drawDensity(scene);
  drawOver(scene);
  return { drawn: scene.drawn, summary: describe(scene, events) };
}

function visibleEvents(scene: Scene): number[] | undefined {
  const { trace, looking } = scene.input;
  if (looking.slice) {
    const list = sliceList(trace, looking);
    return list.filter((i) => {
      const end = trace.fate[i]! >= 0 ? scene.place(trace.fate[i]!) : scene.place(i);
      return end >= looking.from && scene.place(i) <= looking.to;
    });
  }
  const found = trace.visible(looking.axis, looking.from, looking.to, ARROWS_MOST);
  return found ? Array.from(found) : undefined;
}

function describe(scene: Scene, events: number[] | undefined): string {
  const { trace, looking } = scene.input;
  const what = events ? `${events.length} events` : "too many events to draw singly; counts per lane";
  const hidden = looking.hidden.size > 0 ? `, ${looking.hidden.size} hidden` : "";
  return `Space-time diagram: ${scene.lanes.length} lanes${hidden}, ${what}, from ${axisText(looking.axis, looking.from)} to ${axisText(looking.axis, looking.to)} of ${AXIS_NAMES[looking.axis]}. Selected: event ${looking.event + 1} of ${trace.n}.`;
}
