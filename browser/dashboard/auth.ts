/** Sign-in by authorisation code and PKCE (RFC 7636). Tokens live as long as the tab. */

export interface SignIn {
  /** Where people sign in; its token endpoint is passed on from our own origin. */
  domain: string;
  client_id: string;
  scopes: string[];
}

interface Tokens {
  access: string;
  refresh: string | null;
  /** Milliseconds since the epoch. */
  until: number;
}

const KEPT = "ae-dashboard-tokens";
const PENDING = "ae-dashboard-sign-in";
const EARLY_MS = 30_000;

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

export class Session {
  private refreshing: Promise<Tokens | null> | null = null;
  private leaving: Promise<void> | null = null;

  constructor(private readonly how: SignIn) {}

  private get redirect(): string {
    return location.origin + location.pathname;
  }

  /** The access token; leaves for the sign-in page if there is none. */
  token = async (): Promise<string | null> => {
    let tokens = kept();
    if (tokens && tokens.until - EARLY_MS < Date.now()) {
      this.refreshing ??= this.refresh(tokens).finally(() => (this.refreshing = null));
      tokens = await this.refreshing;
    }
    if (tokens) return tokens.access;
    await (this.leaving ??= this.leave()); // once: each would forget what the one before is to prove
    return new Promise(() => undefined);
  };

  /** Take the code that the sign-in page sent us back with; where to go on. */
  async arrive(): Promise<void> {
    const query = new URLSearchParams(location.search);
    const code = query.get("code");
    const state = query.get("state");
    if (!code && !query.get("error")) return;
    const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null") as {
      state: string;
      verifier: string;
      search: string;
    } | null;
    sessionStorage.removeItem(PENDING);
    history.replaceState(null, "", pending?.search || location.pathname);
    if (query.get("error"))
      throw new Error(query.get("error_description") ?? query.get("error") ?? "");
    if (!pending || pending.state !== state) return; // not asked for by this tab
    const tokens = await this.ask({
      grant_type: "authorization_code",
      code: code ?? "",
      redirect_uri: this.redirect,
      code_verifier: pending.verifier,
    });
    if (!tokens) throw new Error("The sign-in was not accepted.");
  }

  leaveForGood(): void {
    sessionStorage.removeItem(KEPT);
    const query = new URLSearchParams({ client_id: this.how.client_id, logout_uri: this.redirect });
    location.assign(`${this.how.domain}/logout?${query}`);
  }

  forget(): void {
    sessionStorage.removeItem(KEPT);
  }

  private async leave(): Promise<void> {
    const verifier = random();
    const state = random();
    sessionStorage.setItem(PENDING, JSON.stringify({ state, verifier, search: location.search }));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.how.client_id,
      redirect_uri: this.redirect,
      scope: this.how.scopes.join(" "),
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
    });
    location.assign(`${this.how.domain}/oauth2/authorize?${query}`);
  }

  private async refresh(tokens: Tokens): Promise<Tokens | null> {
    this.forget();
    if (!tokens.refresh) return null;
    return this.ask({ grant_type: "refresh_token", refresh_token: tokens.refresh }, tokens.refresh);
  }

  private async ask(what: Record<string, string>, refresh?: string): Promise<Tokens | null> {
    const response = await fetch("/oauth2/token", {
      method: "POST",
      body: new URLSearchParams({ client_id: this.how.client_id, ...what }),
    });
    if (!response.ok) return null;
    const told = (await response.json()) as Record<string, string | number | undefined>;
    const tokens: Tokens = {
      access: String(told["access_token"]),
      refresh: String(told["refresh_token"] ?? refresh ?? "") || null,
      until: Date.now() + Number(told["expires_in"] ?? 300) * 1000,
    };
    sessionStorage.setItem(KEPT, JSON.stringify(tokens));
    return tokens;
  }
}

function kept(): Tokens | null {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Tokens | null;
}
