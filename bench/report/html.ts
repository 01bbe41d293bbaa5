/** Small pieces of HTML. Whatever comes from a record goes through `text`. */

/** Text as it may stand in elements and in quoted attributes; control characters, which no page may hold, are dropped. */
export function text(raw: string): string {
  return [...raw]
    .filter((character) => character >= ' ' || character === '\n' || character === '\t')
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Sentences with `code` in them. */
export const prose = (raw: string): string => text(raw).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

/** A name that may be an element's id. */
export const idOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** A table with a caption, in a frame that scrolls by itself where the screen is narrow. Cells are HTML already; columns from `numbers` on are figures. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers = 1,
): string {
  const kind = (column: number): string => (column >= numbers ? ' class="number"' : '');
  const headRow = head.map((cell, column) => `<th scope="col"${kind(column)}>${cell}</th>`).join('');
  const bodyRows = rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === 0 ? `<th scope="row">${cell}</th>` : `<td${kind(column)}>${cell}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('\n');
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${text(caption)}">` +
    `<table><caption><span>${prose(caption)}</span></caption>\n<thead><tr>${headRow}</tr></thead>\n<tbody>\n${bodyRows}\n</tbody></table></div>`
  );
}
