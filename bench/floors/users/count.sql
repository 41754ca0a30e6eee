-- How many users there are, by hand.
select count(*) from {from} where {where}
