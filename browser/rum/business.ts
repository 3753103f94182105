import { measured, span } from "./numbers";
import { fitting, line } from "./text";
import type { Event } from "./wire";

const slug = fitting(/^[a-z0-9_-]{1,32}$/);
const iso4217 = fitting(/^[A-Z]{3}$/);
const markName = /^[\w.:-]{1,64}$/;

/** What the site reports of its own accord; what the contract would refuse is left out. */
export function keepBusiness(names: readonly string[]) {
  const mostEvents = 20;
  const mostDimensions = 10;
  const allowed = names.filter(slug).slice(0, mostDimensions);
  const dimensions = new Map<string, string>();
  let events: Event[] = [];
  return {
    track: (name: string, at_ms: number, { value, currency }: Partial<Event> = {}) => {
      if (!slug(name) || events.length === mostEvents) return;
      events.push({
        name,
        at_ms: span(at_ms),
        ...measured({ value }, 4, 1e9),
        currency: iso4217(currency),
      });
    },
    /** An undefined value takes the dimension away. */
    dimension: (name: string, value: unknown) => {
      if (value === undefined) dimensions.delete(name);
      else if (allowed.includes(name)) dimensions.set(name, line(String(value), 64));
    },
    read: () => ({
      events: events.length ? [...events] : undefined,
      dimensions: dimensions.size ? Object.fromEntries(dimensions) : undefined,
    }),
    /** Dimensions are the visit's, events the view's. */
    restart: () => {
      events = [];
    },
  };
}

/** The first of each name, in ms after `from_ms`. */
export function marksOf(
  entries: readonly Pick<PerformanceEntry, "name" | "startTime">[],
  from_ms: number,
): Record<string, number> | undefined {
  const mostMarks = 20;
  const marks = new Map<string, number>();
  for (const { name, startTime } of entries) {
    if (marks.size < mostMarks && markName.test(name) && !marks.has(name)) {
      marks.set(name, span(startTime - from_ms));
    }
  }
  return marks.size ? Object.fromEntries(marks) : undefined;
}
