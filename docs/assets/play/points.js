// The points as they are typed or pasted: one a line, x and y.
const MOST = 200;

const readNumber = (cell) => {
  const text = cell.trim().replace("−", "-").replace(/^([-+]?\d*),(\d+(e[-+]?\d+)?)$/i, "$1.$2");
  return text === "" ? NaN : Number(text);
};

// What stands between x and y: a tab or a semicolon, else a space, else a comma. But for the
// last, a comma is that of a decimal fraction.
const readRow = (row) => {
  const ways = /[\t;]/.test(row) ? [/[\t;]/] : [/\s+/, /,/];
  const read = ways.map((way) => row.trim().split(way).map(readNumber));
  return read.find((cells) => cells.length === 2 && cells.every(Number.isFinite));
};

// Return the points, the index of each one's line, and the numbers of the lines left out.
export const readPoints = (text) => {
  const rows = text.split("\n").map((row, at) => ({ at, row, point: readRow(row) })).filter(({ row }) => row.trim());
  const good = rows.filter(({ point }) => point).slice(0, MOST);
  return {
    points: good.map(({ point }) => point),
    lines: good.map(({ at }) => at),
    left: rows.filter((row) => !good.includes(row)).map(({ at }) => at + 1),
  };
};

export const writePoint = (point) => point.map((value) => +value.toPrecision(4)).join(" ");
