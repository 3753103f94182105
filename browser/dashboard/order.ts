/** A button that asks why before anything is done: the answer stands in the change log. */

import { ApiError } from "./api";
import { h } from "./dom";
import type { Page } from "./page";

export interface Order {
  label: string;
  /** What it is done to, for who hears the page. */
  of?: string;
  path: string;
  /** Added to what is sent; called when it is. */
  body?: () => Record<string, unknown>;
  fields?: HTMLElement[];
}

let numbers = 0;

export function order(page: Page, { label, of, path, body, fields }: Order): HTMLElement {
  const id = `why-${++numbers}`;
  const told = h("p.status", { role: "status" });
  const why = h("input", { id, required: true, maxlength: 180, autocomplete: "off" });
  const button = h("button.act", { type: "submit" }, label);
  const details = h(
    "details.order",
    {},
    h("summary", { "aria-label": of ? `${label}: ${of}` : null }, label),
    h(
      "form",
      {
        submit: (event: SubmitEvent) => {
          event.preventDefault();
          void run();
        },
      },
      fields ?? [],
      h("label", { for: id }, "Why"),
      why,
      button,
    ),
    told,
  );

  async function run(): Promise<void> {
    button.disabled = true;
    told.textContent = "";
    try {
      await page.api.act(path, { why: why.value.trim(), ...body?.() });
      why.value = "";
      details.open = false;
      why.blur();
      page.renew();
    } catch (error) {
      if (error instanceof SyntaxError) told.textContent = `That is no JSON: ${error.message}`;
      else if (error instanceof ApiError) told.textContent = error.message;
      else throw error;
    } finally {
      button.disabled = false;
    }
  }
  return details;
}

/** A labelled choice among words. */
export function choice(
  label: string,
  options: readonly (readonly [string, string])[],
): { element: HTMLElement; select: HTMLSelectElement } {
  const select = h(
    "select",
    {},
    options.map(([value, words]) => h("option", { value }, words)),
  );
  return { element: h("label", {}, label, " ", select), select };
}
