-- Whoever wrote a part of an answer does not review a complaint about it, as little as who gave the answer. The room tickets/postgres owns the table; a
-- Hotline of before goes on beside it, and knows no authors.

-- +goose Up

ALTER TABLE ticket_reviews
    ADD COLUMN wrote text[] NOT NULL DEFAULT '{}', -- who had written parts of the answer that it is about
    DROP CONSTRAINT who_answered_does_not_review,
    ADD CONSTRAINT who_answered_does_not_review CHECK (reviewer = '' OR reviewer <> about AND reviewer <> ALL (wrote));

-- +goose Down

ALTER TABLE ticket_reviews DROP COLUMN wrote, -- and with it the constraint
    ADD CONSTRAINT who_answered_does_not_review CHECK (reviewer = '' OR reviewer <> about);
