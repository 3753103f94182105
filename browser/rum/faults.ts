import { listen } from "./quietly";
import { redacted, sourceOf, stackHash } from "./text";
import type { Fault } from "./wire";

/** Each different fault once, with how often it came. */
export function keepFaults(base: () => string) {
  const mostKinds = 10;
  const mostOfOne = 1_000_000;
  const kept = new Map<string, Fault & { count: number }>();
  return {
    add: (kind: Fault["kind"], message: unknown, url?: string, stack?: unknown) => {
      const fault = {
        kind,
        message: redacted(typeof message === "string" ? message : ""),
        source: url ? sourceOf(url, base()) : undefined,
        stack_hash: stackHash(stack),
        count: 1,
      };
      const key = JSON.stringify(fault);
      const known = kept.get(key);
      if (known) known.count = Math.min(known.count + 1, mostOfOne);
      else if (kept.size < mostKinds) kept.set(key, fault);
    },
    read: (): Fault[] | undefined =>
      kept.size ? [...kept.values()].map((fault) => ({ ...fault })) : undefined,
    restart: () => kept.clear(),
  };
}

/** What an object that is no Error says of itself could be anything: its kind must do. */
const messageOf = (reason: unknown): string =>
  reason instanceof Error || typeof reason === "string" ? String(reason) : typeof reason;

export function watchFaults(onFault: () => void) {
  const { add, ...faults } = keepFaults(() => location.href);
  listen("error", ({ message, filename, error }) => {
    add("error", message, filename, error?.stack);
    onFault();
  });
  listen("unhandledrejection", ({ reason }) => {
    add("rejection", messageOf(reason), undefined, reason?.stack);
    onFault();
  });
  listen("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    const isWord = /^[\w-]*$/.test(blockedURI); // `inline`, `eval`
    const what = isWord ? ` ${blockedURI}` : "";
    add("csp", effectiveDirective + what, isWord ? undefined : blockedURI);
  });
  return faults;
}
