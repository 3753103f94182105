/** Entries of a type since the view began, however late the observer was made. */
export interface Entries<Entry> {
  /** Those that began before `until_ms`. */
  read: (until_ms: number) => Entry[];
  /** Forgets what began before `from_ms`. */
  restart: (from_ms: number) => void;
}

const most = 2000;

/** Firefox can be told to have no PerformanceObserver at all. */
export const supports = (type: string): boolean | undefined =>
  globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type);

/** `keep` says which are of interest; undefined where the browser does not know the type. */
export function watchEntries<Entry extends PerformanceEntry>(
  type: string,
  keep: (entry: Entry) => boolean = () => true,
): Entries<Entry> | undefined {
  if (!supports(type)) return undefined;
  let kept: Entry[] = [];
  const take = (entries: PerformanceEntryList) => {
    for (const entry of entries as Entry[]) {
      if (kept.length < most && keep(entry)) kept.push(entry);
    }
  };
  // An observer, since getEntries() forgets whatever comes after the 250th resource.
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type, buffered: true });
  return {
    read: (until_ms) => {
      take(observer.takeRecords());
      return kept.filter((entry) => entry.startTime < until_ms);
    },
    restart: (from_ms) => {
      take(observer.takeRecords());
      kept = kept.filter((entry) => entry.startTime >= from_ms);
    },
  };
}
