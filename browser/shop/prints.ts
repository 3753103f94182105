import { catalogue } from "./catalogue";

export type Series = "High & quiet" | "Water’s edge" | "After dark" | "Old stone" | "On the table";

export interface Print {
  /** Also its photograph's name: /img/<id>.jpg. */
  id: string;
  title: string;
  alt: string;
  place: string;
  series: Series;
  year: number;
  /** Of the smallest size, unframed. */
  price_eur: number;
  edition: number;
  sold: number;
  tags: string[];
  /** Its main colours, the most frequent first. */
  palette: [string, ...string[]];
}

export const sizes = [
  { id: "s", label: "30 × 45 cm", width_cm: 45, factor: 1 },
  { id: "m", label: "50 × 75 cm", width_cm: 75, factor: 1.9 },
  { id: "l", label: "70 × 105 cm", width_cm: 105, factor: 3.1 },
  { id: "xl", label: "100 × 150 cm", width_cm: 150, factor: 5.2 },
] as const;
export type Size = (typeof sizes)[number];

export const frames = [
  { id: "none", label: "Unframed", price_eur: 0, colour: "transparent" },
  { id: "oak", label: "Oak", price_eur: 46, colour: "#b98b57" },
  { id: "walnut", label: "Walnut", price_eur: 52, colour: "#5b3f2b" },
  { id: "black", label: "Black ash", price_eur: 44, colour: "#1d1c1b" },
  { id: "white", label: "White ash", price_eur: 44, colour: "#efece6" },
  { id: "steel", label: "Steel", price_eur: 61, colour: "#8d9499" },
] as const;
export type Frame = (typeof frames)[number];

export const papers = [
  { id: "rag", label: "Cotton rag 310 g", factor: 1 },
  { id: "baryta", label: "Baryta 325 g", factor: 1.08 },
  { id: "washi", label: "Washi 110 g", factor: 1.22 },
  { id: "matt", label: "Matt 240 g", factor: 0.9 },
] as const;
export type Paper = (typeof papers)[number];

export const glazings = [
  { id: "museum", label: "Museum glass", price_eur: 0 },
  { id: "acrylic", label: "Acrylic", price_eur: -6 },
  { id: "open", label: "Without glass", price_eur: -18 },
] as const;
export type Glazing = (typeof glazings)[number];

/** One way to have a print; a frame comes with its glass. */
export interface Choice {
  size: Size;
  frame: Frame;
  paper: Paper;
  glazing: Glazing;
}
export const plainest: Choice = {
  size: sizes[0],
  frame: frames[0],
  paper: papers[0],
  glazing: glazings[0],
};

export function price(print: Print, { size, frame, paper, glazing }: Choice = plainest) {
  const framing = frame.id === "none" ? 0 : frame.price_eur + glazing.price_eur;
  return Math.round(
    print.price_eur * size.factor * paper.factor + framing * Math.sqrt(size.factor),
  );
}

const format = new Intl.NumberFormat("en-IE", {
  style: "currency",
  currency: "EUR",
  maximumFractionDigits: 0,
});
export const euros = (amount: number) => format.format(amount);

/** The price of an edition rises as it sells: the steps as [first number of the step, price in euros]. */
export const editionSteps = ({ edition, price_eur }: Print): [number, number][] =>
  [0, 0.25, 0.5, 0.75, 0.9].map((share, step) => [
    Math.round(edition * share) + 1,
    Math.round(price_eur * (1 + step * 0.35)),
  ]);

export const prints = catalogue;

export function printOf(id: string): Print {
  const found = prints.find((print) => print.id === id);
  if (!found) throw new Error(`no print is called ${id}`);
  return found;
}

export const sku = (print: Print, { size, frame, paper, glazing }: Choice = plainest) =>
  [print.id, size.id, frame.id, paper.id, glazing.id].join("/");
