/** The diagnostics channel `slipring:recovery`: one message for each seat that was recovered. */
import type { Recovery } from '../recovering.js';

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

interface Process {
  getBuiltinModule?(id: string): { channel(name: string): Channel } | undefined;
}

const { process } = globalThis as { process?: Process };
const channel = process?.getBuiltinModule?.('node:diagnostics_channel')?.channel('slipring:recovery');

/** Tells the subscribers, if there are any. */
export function publishRecovery(recovery: Recovery): void {
  if (channel?.hasSubscribers) channel.publish(recovery);
}
