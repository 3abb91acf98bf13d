-- Two indexes of the trail fewer to keep with each row. Those of 0002 order the same rows by number, and nothing asks
-- by the order of ids any more. Programs of before go on beside it.
drop index cap.audit_by_merchant;
drop index cap.audit_by_seller;
