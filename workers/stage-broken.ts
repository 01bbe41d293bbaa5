/** A file that throws when it is loaded. */
throw new RangeError('not today');
