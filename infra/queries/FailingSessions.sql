-- Sessions of the last day with script errors: all that was kept of each, in order.
WITH reports AS (
  SELECT *, row_number() OVER (PARTITION BY session, view_id, sequence ORDER BY received_at) AS copy
  FROM raw_events
  WHERE hour >= date_format(current_timestamp - INTERVAL '1' DAY, '%Y-%m-%d-%H')
)
SELECT *
FROM reports
WHERE copy = 1 AND session IN (SELECT session FROM reports WHERE errors > 0)
ORDER BY session, received_at
LIMIT 1000
