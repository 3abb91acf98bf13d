-- Persons whom no bank knew when they wrote last, from before such rows said when the banks are asked again: what waits for
-- them would wait until they write once more. One look shows whether it is still worth asking.
update channel.identity_doubt set look_at = greatest(raised_at, settled_at)
where look_at is null and settled_at is not null and cardinality(owners) = 0;
