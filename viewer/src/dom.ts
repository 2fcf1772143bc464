// The page's elements by their id.
export const $ = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
export const inside = (id: string): HTMLElement => $(id).querySelector("div")!;
