-- How many changes did people and pipelines tell of?
-- needs: data.changes
-- columns: count
select count(*) as count from segment.data.changes as c
