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

function known<T extends object>(values: T): T | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return entries.length ? (Object.fromEntries(entries) as T) : undefined;
}

export function networkHints(navigator: object): Network | undefined {
  const { connection } = navigator as Hinting;
  return known<Network>({
    ect: connection?.effectiveType,
    rtt_ms: connection?.rtt,
    downlink_mbps: connection?.downlink,
    save_data: connection?.saveData,
  });
}

export function deviceHints(
  navigator: object,
  { devicePixelRatio, innerWidth, innerHeight }: Window,
): Device {
  const { deviceMemory, hardwareConcurrency, userAgentData } = navigator as Hinting;
  return (
    known<Device>({
      memory_gib: deviceMemory,
      cores: hardwareConcurrency,
      dpr: devicePixelRatio,
      viewport_width_px: innerWidth,
      viewport_height_px: innerHeight,
      mobile: userAgentData?.mobile,
    }) ?? {}
  );
}
