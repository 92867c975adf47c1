import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReceiptBody } from '../../server/src/receipts/rules.ts';
import { addKey, believed, canonical, checkReceipt, signReceipt } from '../../server/src/receipts/rules.ts';

const NOW = '2026-11-21T10:00:00.000Z';
const body: ReceiptBody = {
  format: 'stagedoor-receipt/1',
  issuer: 'https://live.example.org',
  transferId: 'trf_00000000000000000000000000',
  kind: 'code_sale',
  at: NOW,
  party: 'buyer',
  currency: 'eur',
  amount: 999,
};
const first = addKey(null, NOW);
const trusted = [first.keys[0]?.id ?? ''];

test('a receipt is good with the published keys alone, also after the key was changed twice', () => {
  const receipt = signReceipt(first, body);
  const third = addKey(addKey(first, NOW), NOW);
  const keys = believed(third.keys, trusted);
  expect(keys.size).toBe(3);
  expect(checkReceipt(receipt, keys)).toMatchObject({ good: true });
  expect(checkReceipt(signReceipt(third, body), keys)).toMatchObject({ good: true });
  expect(signReceipt(first, body)).toEqual(receipt);
});

test('whatever is changed in a receipt, it is good no more', () => {
  const receipt = signReceipt(first, body);
  const keys = believed(first.keys, trusted);
  const field = fc.constantFrom(...Object.keys(body).filter((name) => name !== 'format'));
  fc.assert(
    fc.property(field, fc.oneof(fc.string(), fc.integer()), (name, value) => {
      fc.pre(body[name] !== value);
      expect(checkReceipt({ ...receipt, receipt: { ...body, [name]: value } }, keys).good).toBe(false);
    }),
  );
  expect(checkReceipt({ ...receipt, receipt: { ...body, extra: 1 } }, keys).good).toBe(false);
});

test('one that another key signed is refused, also where that key stands in the list or borrows a name', () => {
  const forger = addKey(null, NOW);
  const forged = signReceipt(forger, body);
  const [honest] = first.keys;
  const [stranger] = forger.keys;
  if (!honest || !stranger) throw new Error('each has a key');
  expect(checkReceipt(forged, believed(first.keys, trusted))).toMatchObject({ good: false });
  // Put into the list by somebody: nobody vouches for it.
  expect(believed([...first.keys, stranger], trusted).size).toBe(1);
  const claimed = { ...stranger, signedBy: honest.id, signature: forged.signature };
  expect(checkReceipt(forged, believed([honest, claimed], trusted)).good).toBe(false);
  // Under the honest key's name.
  const renamed = { ...stranger, id: honest.id };
  expect(checkReceipt({ ...forged, keyId: honest.id }, believed([renamed], trusted)).good).toBe(false);
});

test('nothing that is given instead of a receipt is good, and nothing throws', () => {
  const keys = believed(first.keys, trusted);
  fc.assert(
    fc.property(fc.anything(), (given) => {
      expect(checkReceipt(given, keys).good).toBe(false);
    }),
  );
});

test('one value has one text, whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonical(turned)).toBe(canonical(value));
      expect(JSON.parse(canonical(value))).toEqual({ ...value });
    }),
  );
});
