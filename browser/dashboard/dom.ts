/** Elements without strings of HTML: nothing that was measured is ever parsed. */

type Child = Node | string | number | null | undefined | false | Child[];
type Props = Record<
  string,
  string | number | boolean | null | undefined | ((event: never) => void)
>;

function fill(into: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) fill(into, child);
    else if (child !== null && child !== undefined && child !== false)
      into.append(child instanceof Node ? child : String(child));
  }
}

function set(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function")
      element.addEventListener(name, value as unknown as EventListener);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
}

type TagOf<What extends string> = What extends `${infer Tag}.${string}` ? Tag : What;
type Made<What extends string> =
  TagOf<What> extends keyof HTMLElementTagNameMap
    ? HTMLElementTagNameMap[TagOf<What>]
    : HTMLElement;

/** `h("p.note", {click}, "text")`: a tag with classes, attributes and listeners, children. */
export function h<What extends string>(
  what: What,
  props: Props = {},
  ...children: Child[]
): Made<What> {
  const [tag = "div", ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  set(element, props);
  fill(element, children);
  return element as Made<What>;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for pictures. */
export function s(what: string, props: Props = {}, ...children: Child[]): SVGElement {
  const [tag = "g", ...classes] = what.split(".");
  const element = document.createElementNS(SVG, tag);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  set(element, props);
  fill(element, children);
  return element;
}

export function put(into: Element, ...children: Child[]): void {
  into.replaceChildren();
  fill(into, children);
}
