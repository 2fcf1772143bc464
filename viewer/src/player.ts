// Plays a run from the cursor on, at a fraction of its speed; for readers who want no motion, one
// event every half second.
import { $ } from "./dom";

export interface Playable {
  now(): number; // true time of the cursor
  eventAt(time: number): number;
  lastEvent(): number;
  cursor(): number;
  go(event: number): void;
  step(): void;
  redraw(): void;
  changed(): void; // started or stopped
}

export class Player {
  time: number | undefined; // undefined: it stands still

  constructor(private run: Playable) {}

  toggle(): void {
    if (this.time !== undefined) this.time = undefined;
    else {
      this.time = this.run.now();
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (still) this.bySteps();
      else this.onFrom(performance.now());
    }
    this.run.changed();
  }

  private bySteps(): void {
    if (this.time === undefined) return;
    this.run.step();
    this.time = this.run.now();
    setTimeout(() => this.bySteps(), 500);
  }

  private onFrom(before: number): void {
    requestAnimationFrame((now) => {
      if (this.time === undefined) return;
      const speed = Number($<HTMLSelectElement>("speed").value);
      this.time += (now - before) * 1e6 * speed;
      const event = this.run.eventAt(this.time);
      if (event !== this.run.cursor()) this.run.go(event);
      else this.run.redraw();
      if (event >= this.run.lastEvent()) this.toggle();
      else this.onFrom(now);
    });
  }
}
