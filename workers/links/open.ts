/** Opens whichever link a worker is given. */
import type { Link } from './link.js';
import { locksLink, type LocksLink } from './locks.js';
import { pingsLink, type PingsLink } from './pings.js';
import {
  broadcastLink,
  type BroadcastLink,
  onPortLink,
  type OnPortLink,
  portLink,
  type PortLink,
} from './ports.js';
import { ringLink, type RingLink } from './ring.js';
import { ringbufLink, type RingbufLink } from './ringbuf.js';

export type LinkData = RingLink | PingsLink | LocksLink | PortLink | BroadcastLink | OnPortLink | RingbufLink;

export function openLink(data: LinkData, end: 'send' | 'receive'): Link {
  switch (data.kind) {
    case 'ring':
      return ringLink(data, end);
    case 'pings':
      return pingsLink(data, end);
    case 'locks':
      return locksLink(data);
    case 'port':
      return portLink(data);
    case 'broadcast':
      return broadcastLink(data);
    case 'on-port':
      return onPortLink(data);
    case 'ringbuf':
      return ringbufLink(data);
  }
}
