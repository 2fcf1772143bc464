// Something that draws: a canvas, or an SVG file with the same picture.
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "fillStyle" | "strokeStyle" | "lineWidth" | "font" | "textAlign" | "textBaseline"
  | "globalAlpha" | "fillRect" | "strokeRect" | "beginPath" | "moveTo" | "lineTo" | "arc"
  | "closePath" | "stroke" | "fill" | "fillText" | "setLineDash" | "measureText"
>;

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => escapes[c]!);
const short = (n: number): string => String(Math.round(n * 100) / 100);

export class SvgPen implements Pen {
  fillStyle: string | CanvasGradient | CanvasPattern = "#000000";
  strokeStyle: string | CanvasGradient | CanvasPattern = "#000000";
  lineWidth = 1;
  font = "12px sans-serif";
  textAlign: CanvasTextAlign = "start";
  textBaseline: CanvasTextBaseline = "alphabetic";
  globalAlpha = 1;
  private dash: number[] = [];
  private path = "";
  private parts: string[] = [];

  constructor(private measure: CanvasRenderingContext2D) {}

  private look(kind: "fill" | "stroke"): string {
    const alpha = this.globalAlpha < 1 ? ` opacity="${short(this.globalAlpha)}"` : "";
    if (kind === "fill") return ` fill="${String(this.fillStyle)}"${alpha}`;
    const dash = this.dash.length > 0 ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    return ` fill="none" stroke="${String(this.strokeStyle)}" stroke-width="${this.lineWidth}"${dash}${alpha}`;
  }
  private rect(x: number, y: number, w: number, h: number, kind: "fill" | "stroke"): void {
    const [left, top] = [Math.min(x, x + w), Math.min(y, y + h)];
    this.parts.push(
      `<rect x="${short(left)}" y="${short(top)}" width="${short(Math.abs(w))}" height="${short(Math.abs(h))}"${this.look(kind)}/>`,
    );
  }
  fillRect(x: number, y: number, w: number, h: number): void {
    this.rect(x, y, w, h, "fill");
  }
  strokeRect(x: number, y: number, w: number, h: number): void {
    this.rect(x, y, w, h, "stroke");
  }
  beginPath(): void {
    this.path = "";
  }
  moveTo(x: number, y: number): void {
    this.path += `M${short(x)} ${short(y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `L${short(x)} ${short(y)}`;
  }
  arc(x: number, y: number, r: number, from: number, to: number): void {
    const point = (angle: number): string =>
      `${short(x + r * Math.cos(angle))} ${short(y + r * Math.sin(angle))}`;
    const whole = Math.abs(to - from) >= 2 * Math.PI - 1e-6;
    const middle = whole ? from + Math.PI : (from + to) / 2;
    const arcTo = (angle: number): string => `A${short(r)} ${short(r)} 0 0 1 ${point(angle)}`;
    this.path += `${this.path === "" ? "M" : "L"}${point(from)}${arcTo(middle)}${arcTo(to)}`;
  }
  closePath(): void {
    this.path += "Z";
  }
  stroke(): void {
    this.parts.push(`<path d="${this.path}"${this.look("stroke")}/>`);
  }
  fill(): void {
    this.parts.push(`<path d="${this.path}"${this.look("fill")}/>`);
  }
  fillText(text: string, x: number, y: number): void {
    const anchor = this.textAlign === "center" ? "middle" : this.textAlign === "right" ? "end" : "start";
    const drop = this.textBaseline === "middle" ? ' dominant-baseline="central"' : "";
    const match = /^(bold )?([0-9.]+)px (.*)$/.exec(this.font);
    const weight = match?.[1] ? ' font-weight="bold"' : "";
    this.parts.push(
      `<text x="${short(x)}" y="${short(y)}" font-size="${match?.[2] ?? 12}" text-anchor="${anchor}"${weight}${drop}${this.look("fill")}>${escape(text)}</text>`,
    );
  }
  setLineDash(dash: Iterable<number>): void {
    this.dash = [...dash];
  }
  measureText(text: string): TextMetrics {
    this.measure.font = this.font;
    return this.measure.measureText(text);
  }
  document(width: number, height: number, title: string): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" role="img"><title>${escape(title)}</title>\n${this.parts.join("\n")}\n</svg>\n`;
  }
}
