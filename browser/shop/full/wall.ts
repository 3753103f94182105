import type { Basket } from "../basket";
import { type Print, type Size, printOf, prints, sizes, sku } from "../prints";
import { difference, lab } from "./colour";

/** A hanging of four prints side by side: the one chosen and three that go with it. */
export interface Wall {
  hung: { print: Print; size: Size }[];
  /** Lower hangs better. */
  cost: number;
}

const companions = 3;
const wall_cm = 280;
const gap_cm = 8;
const budget_eur = 500;

/** Mean colour difference of each pair of prints, by their places in `prints`. */
export function discord(): number[][] {
  const palettes = prints.map(({ palette }) => palette.map(lab));
  return palettes.map((one) =>
    palettes.map((other) => {
      let sum = 0;
      for (const here of one) for (const there of other) sum += difference(here, there);
      return sum / (one.length * other.length);
    }),
  );
}

/** Finds the wall around the line that was added last; around the print of the month before that. */
export function openWalls() {
  const between = discord();
  const found = new WeakMap<Basket, Wall>();
  return (basket: Basket): Wall => {
    const [id, sizeId] = (basket.at(-1)?.sku ?? sku(prints[0]!)).split("/");
    const size = sizes.find(({ id }) => id === sizeId) ?? sizes[0];
    const wall = found.get(basket) ?? bestWall(printOf(id!), size, between);
    found.set(basket, wall);
    return wall;
  };
}
export type Walls = ReturnType<typeof openWalls>;

/** The best wall of every three companions in all their sizes, around `chosen` in `size`. */
export function bestWall(chosen: Print, size: Size, between: number[][]): Wall {
  const first = prints.indexOf(chosen);
  const others = prints.map((_, index) => index).filter((index) => index !== first);
  let best = { cost: Infinity, group: [] as number[], inSizes: [] as Size[] };
  for (const group of choices(others, companions)) {
    const look = lookCost([first, ...group], between);
    for (const inSizes of sizings) {
      const cost = look + hangingCost(chosen, size, group, inSizes);
      if (cost < best.cost) best = { cost, group, inSizes };
    }
  }
  const around = best.group.map((index, place) => ({
    print: prints[index]!,
    size: best.inSizes[place]!,
  }));
  return { hung: [{ print: chosen, size }, ...around], cost: best.cost };
}

/** Every way to take `count` of `items`, in their order. */
function choices(items: number[], count: number): number[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) =>
    choices(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]),
  );
}

/** Every size for each companion. */
const sizings = Array.from({ length: companions }).reduce<Size[][]>(
  (partial) => partial.flatMap((chosen) => sizes.map((size) => [...chosen, size])),
  [[]],
);

/** Colours should relate without repeating: a mean difference of 28 is pleasant. Two series are, too. */
function lookCost(hung: number[], between: number[][]): number {
  let sum = 0;
  for (const one of hung) for (const other of hung) if (one < other) sum += between[one]![other]!;
  const series = new Set(hung.map((index) => prints[index]!.series)).size;
  const pairs = (hung.length * (hung.length - 1)) / 2;
  return Math.abs(sum / pairs - 28) + Math.abs(series - 2) * 3;
}

/** The wall should be filled and the budget kept. */
function hangingCost(chosen: Print, size: Size, group: number[], inSizes: Size[]): number {
  let width_cm = size.width_cm + gap_cm * group.length;
  let price_eur = chosen.price_eur * size.factor;
  for (let place = 0; place < group.length; place++) {
    const { width_cm: width, factor } = inSizes[place]!;
    width_cm += width;
    price_eur += prints[group[place]!]!.price_eur * factor;
  }
  return Math.abs(width_cm - wall_cm) / 8 + Math.max(price_eur - budget_eur, 0) / 20;
}
