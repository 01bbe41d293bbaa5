/** One place in a trial: a role, and the threads that have it one after another. */
import type { Hand } from './crew.js';
import type { Role } from './roles.js';

export class Post {
  readonly role: Role;
  readonly number: number;
  /** Who is at work there. */
  hand: Hand | undefined;
  /** Nobody follows. */
  over = false;
  /** Left for good, or dead and not waited for. */
  gone = false;
  deaths = 0;
  /** How often somebody left, to make room for another. */
  leaves = 0;

  constructor(role: Role, number: number) {
    this.role = role;
    this.number = number;
  }

  get name(): string {
    const { role } = this;
    switch (role.does) {
      case 'produce':
        return `the producer of log ${role.log} (${role.manner})`;
      case 'consume':
        return `${role.reader.name} (${role.manner})`;
      case 'visit':
        return role.reader.name;
      case 'serve':
        return `the server (${role.manner})`;
      default:
        return `the one who ${role.does}s`;
    }
  }

  /** Of each ring, the account that this post writes in. */
  get accounts(): readonly { readonly ring: number; readonly account: number }[] {
    const { role } = this;
    switch (role.does) {
      case 'consume':
      case 'visit':
        return [role.reader];
      case 'serve':
        return role.readers;
      default:
        return [];
    }
  }
}
