import type { Device, Network } from "./wire";

// Chromium only: https://developer.mozilla.org/docs/Web/API/NetworkInformation
interface Hinting extends Partial<Pick<Navigator, "hardwareConcurrency">> {
  connection?: {
    effectiveType?: Network["ect"];
    rtt?: number;
    downlink?: number;
    saveData?: boolean;
  };
  deviceMemory?: number;
  userAgentData?: { mobile?: boolean };
}

/** Undefined where the browser has no such interface. */
export function networkHints(navigator: object): Network | undefined {
  const { connection } = navigator as Hinting;
  return (
    connection && {
      ect: connection.effectiveType,
      rtt_ms: connection.rtt,
      downlink_mbps: connection.downlink,
      save_data: connection.saveData,
    }
  );
}

export function deviceHints(
  navigator: object,
  { devicePixelRatio, innerWidth, innerHeight }: Window,
): Device {
  const { deviceMemory, hardwareConcurrency, userAgentData } = navigator as Hinting;
  return {
    memory_gib: deviceMemory,
    cores: hardwareConcurrency,
    dpr: devicePixelRatio,
    viewport_width_px: innerWidth,
    viewport_height_px: innerHeight,
    mobile: userAgentData?.mobile,
  };
}
