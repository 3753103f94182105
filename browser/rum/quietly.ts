/** What `task` gives; undefined if it throws: the page must never notice the agent. */
export function attempt<Result>(task: () => Result): Result | undefined {
  try {
    return task();
  } catch {
    // Nothing to do: reporting an error needs the very code that failed.
    return undefined;
  }
}

/** `task`, for others to call. */
export const quietly =
  <Given extends unknown[]>(task: (...given: Given) => void) =>
  (...given: Given): void =>
    attempt(() => task(...given));

type Events = WindowEventMap & Pick<DocumentEventMap, "visibilitychange">;

/** On the window, where what bubbles ends. */
export const listen = <Type extends keyof Events>(
  type: Type,
  handler: (event: Events[Type]) => void,
  capture = false,
): void => addEventListener(type as string, quietly(handler as (event: Event) => void), capture);
