/** Asks the query API again and again; what has not changed costs a 304. */

import type { Answer } from "./answers";

/** What went wrong, in a sentence; `again`: whether asking again may help. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  get again(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export type Token = () => Promise<string | null>;

const TIMEOUT_MS = 20_000;

export class Api {
  private readonly known = new Map<string, { tag: string; answer: unknown }>();
  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(private readonly token: Token) {}

  /** The answer: the very same as the last time, unless it is another; one for all who ask now. */
  ask<Data>(path: string): Promise<Answer<Data>> {
    const asked = this.asked.get(path) ?? this.fetch(path);
    if (!this.asked.has(path)) {
      const over = () => this.asked.get(path) === asked && this.asked.delete(path);
      this.asked.set(path, asked);
      asked.then(over, over);
    }
    return asked as Promise<Answer<Data>>;
  }

  private async fetch(path: string): Promise<unknown> {
    const known = this.known.get(path);
    const token = await this.token();
    const headers: Record<string, string> = { Accept: "application/json" };
    if (token) headers["Authorization"] = `Bearer ${token}`;
    if (known) headers["If-None-Match"] = known.tag;
    let response: Response;
    try {
      response = await fetch(path, {
        headers,
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ApiError("The server does not answer.", 0);
    }
    if (response.status === 304 && known) return known.answer;
    if (!response.ok) throw new ApiError(await problem(response), response.status);
    const answer: unknown = await response.json();
    const tag = response.headers.get("ETag");
    if (tag) {
      if (this.known.size > 200) this.known.clear();
      this.known.set(path, { tag, answer });
    }
    return answer;
  }

  /** Do something; what was known may be another after it. */
  async act(path: string, order: Record<string, unknown>): Promise<void> {
    const token = await this.token();
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (token) headers["Authorization"] = `Bearer ${token}`;
    let response: Response;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await fetch(path, {
        method: "POST",
        headers,
        body: JSON.stringify(order),
        signal,
      });
    } catch {
      throw new ApiError("The server does not answer.", 0);
    }
    this.asked.clear(); // what is being answered may be of before
    if (!response.ok) throw new ApiError(await problem(response, true), response.status);
  }
}

async function problem(response: Response, acting = false): Promise<string> {
  if (response.status === 401) return "You are signed out.";
  if (response.status === 403)
    return acting ? "Your account may look, not act." : "Your account may not see this.";
  try {
    const told = (await response.json()) as { detail?: string; title?: string; field?: string };
    const field = told.field ? `${told.field} ` : "";
    return `${field}${told.detail ?? told.title ?? ""}`.trim() || `Status ${response.status}.`;
  } catch {
    return `The server says ${response.status}.`;
  }
}

export function path(name: string, query: Record<string, string | string[] | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (Array.isArray(value)) {
      if (value.length) search.set(key, value.join(","));
    } else if (value) search.set(key, value);
  return `/api/${name}?${search}`;
}
