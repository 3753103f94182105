import { watch } from "./agent";
import type { AdaptiveEdge, start as Start } from "./api";
import { quietly } from "./quietly";

export const start: typeof Start = (options = {}) => {
  let agent: AdaptiveEdge | undefined;
  const waiting: (() => void)[] = [];
  const begin = quietly(() => {
    agent = watch(options);
    for (const task of waiting) task();
  });
  const call =
    <Name extends keyof AdaptiveEdge>(name: Name) =>
    (...given: Parameters<AdaptiveEdge[Name]>) => {
      const task = quietly(() => (agent?.[name] as (...given: unknown[]) => void)?.(...given));
      if (agent) task();
      else waiting.push(task);
    };

  if ((document as { prerendering?: boolean }).prerendering) {
    addEventListener("prerenderingchange", begin, true);
  } else {
    begin();
  }
  return {
    track: call("track"),
    dimension: call("dimension"),
    setConsent: call("setConsent"),
    flush: call("flush"),
  };
};
