-- Room in which a payment and its attempt change where they lie, and fewer look-ups. Nothing here changes what a program
-- of the version before may do.

-- A payment's first change comes while its page still fills with newer ones. Where it finds room there, none of the
-- payment's indexes is written again. Pages that are full already stay as they are.
alter table gateway.payment set (fillfactor = 70);
alter table gateway.attempt set (fillfactor = 70);

-- Attempts and receipts are written in the statement that writes their payment, from its row, and nobody may delete a
-- payment or an attempt: looking each up once more locked its row again.
alter table gateway.attempt drop constraint attempt_payment_id_fkey;
alter table gateway.receipt
  drop constraint receipt_attempt_id_fkey,
  drop constraint receipt_payment_id_fkey;
