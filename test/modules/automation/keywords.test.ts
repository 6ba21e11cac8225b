import { describe, expect, it } from 'vitest';
import { findKeyword } from '../../../src/modules/automation/rule/keywords.js';

describe('a keyword', () => {
  it.each([
    ['WORD', 'price', 'What is the PRICE?', true],
    ['WORD', 'price', 'priceless', false],
    ['WORD', 'price', 'enterprise', false],
    ['WORD', 'price', 'priceless, but at what price', true],
    ['WORD', 'price list', 'your price \n list, please', true],
    ['WORD', 'preço', 'qual o prec\u0327o?', true],
    ['WORD', 'цена', 'какая цена', true],
    ['WORD', 'c++', 'I write c++.', true],
    ['WORD', '.*', 'anything', false],
    ['WORD', '(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['WORD', '👍', 'ok👍', true],
    ['WORD', 'a', '𝒜a𝒜', false],
    ['CONTAINS', 'price', 'priceless', true],
    ['CONTAINS', '价格', '请问价格是多少', true],
    ['EXACT', 'stop', ' STOP ', true],
    ['EXACT', 'stop', 'stop it', false],
  ] as const)('%s: %s in "%s": %s', (match, keyword, text, isFound) => {
    expect(findKeyword(text, ['never', keyword], match)).toBe(isFound ? keyword : null);
  });
});
