import { attempt } from "./quietly";

/**
 * The cookies as they are now. `document.cookie` waits for another process, while the page loads,
 * so the browser is asked for them in passing where it can be; who must know before that waits.
 */
export function cookiesNow(): () => string {
  let known: string | undefined;
  const read = () => (known ??= document.cookie);
  const { cookieStore } = window as Partial<Window>; // Secure contexts only.
  const asked = attempt(() =>
    cookieStore?.getAll().then(
      (list) => (known ??= list.map(({ name, value }) => `${name}=${value}`).join("; ")),
      () => {},
    ),
  );
  if (!asked) read();
  return read;
}
