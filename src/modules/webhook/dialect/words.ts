import type { Dialect } from './dialect.names.js';
import type { DialectWords } from './telling.js';
import { trunklineWords } from './trunkline.words.js';
import { wagyWords } from './wagy.words.js';
import { wapizWords } from './wapiz.words.js';
import { whatspieWords } from './whatspie.words.js';

export const WORDS: Readonly<Record<Dialect, DialectWords>> = {
  TRUNKLINE: trunklineWords,
  WAGY: wagyWords,
  WHATSPIE: whatspieWords,
  WAPIZ: wapizWords,
};
