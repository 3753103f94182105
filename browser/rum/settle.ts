import type { Schedule } from "./clock";

/** Calls `onSettled` once the page has loaded and no LCP candidate has come for `quiet_ms`. */
export class Settle {
  private hasLoaded = false;
  private cancel = () => {};

  constructor(
    private readonly onSettled: () => void,
    private readonly quiet_ms: number,
    private readonly schedule: Schedule,
  ) {}

  loaded() {
    this.hasLoaded = true;
    this.candidate();
  }

  candidate() {
    if (!this.hasLoaded) return;
    this.cancel();
    this.cancel = this.schedule(this.onSettled, this.quiet_ms);
  }
}
