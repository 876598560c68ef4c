/// What later versions added for the past: names of objects that are gone, and more about errors and
/// changes.
extension Schema {
  static let past =
    moreColumns + pastObjects + pastTriggers

  private static let moreColumns = """
    ALTER TABLE step ADD COLUMN is_thinned INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX step_thinned ON step (is_thinned, ended);
    ALTER TABLE step_change ADD COLUMN mv_id INTEGER;
    ALTER TABLE step_change ADD COLUMN link_rule INTEGER;
    ALTER TABLE step_change ADD COLUMN reason TEXT;
    ALTER TABLE step_error ADD COLUMN rule TEXT NOT NULL DEFAULT '';
    ALTER TABLE step_error ADD COLUMN expression TEXT NOT NULL DEFAULT '';
    ALTER TABLE step_error ADD COLUMN column_number INTEGER;
    ALTER TABLE step_error ADD COLUMN other_dn TEXT NOT NULL DEFAULT '';
    ALTER TABLE step_error ADD COLUMN other_display TEXT NOT NULL DEFAULT '';
    CREATE INDEX step_error_object ON step_error (object_id, id) WHERE object_id IS NOT NULL;
    CREATE INDEX step_error_discovery ON step_error (connector_id, dn, id)
      WHERE stage = 'discovery';

    """

  /// Rows are written only when something goes, or gets another name; `step_id` is the last step
  /// that had begun then, so that they go with the history that they lead to.
  private static let pastObjects = """
    CREATE TABLE past_object (
      id INTEGER PRIMARY KEY,
      connector_id INTEGER NOT NULL,
      anchor TEXT,
      dn TEXT NOT NULL,
      dn_key TEXT NOT NULL,
      object_type TEXT NOT NULL,
      display TEXT NOT NULL,
      mv_id INTEGER,
      step_id INTEGER NOT NULL
    );
    CREATE INDEX past_object_dn ON past_object (dn_key);
    CREATE INDEX past_object_anchor ON past_object (anchor) WHERE anchor IS NOT NULL;
    CREATE INDEX past_object_display ON past_object (display COLLATE NOCASE);
    CREATE INDEX past_object_metaverse ON past_object (mv_id) WHERE mv_id IS NOT NULL;
    CREATE INDEX past_object_step ON past_object (step_id);
    CREATE TABLE past_link (
      object_id INTEGER PRIMARY KEY,
      mv_id INTEGER NOT NULL,
      step_id INTEGER NOT NULL
    );
    CREATE INDEX past_link_metaverse ON past_link (mv_id);
    CREATE INDEX past_link_step ON past_link (step_id);
    CREATE TABLE past_name (
      name TEXT NOT NULL,
      object_id INTEGER NOT NULL,
      mv_id INTEGER NOT NULL,
      step_id INTEGER NOT NULL,
      PRIMARY KEY (name, object_id, mv_id)
    ) WITHOUT ROWID;
    CREATE INDEX past_name_step ON past_name (step_id);

    """

  /// By triggers, so that whatever lets an object go leaves word of it.
  private static let pastTriggers = """
    CREATE TRIGGER cs_object_gone AFTER DELETE ON cs_object BEGIN
      INSERT OR REPLACE INTO past_object(id, connector_id, anchor, dn, dn_key, object_type, display,
        mv_id, step_id)
      VALUES (OLD.id, OLD.connector_id, OLD.anchor, OLD.dn, OLD.dn_key, OLD.object_type,
        OLD.display,
        COALESCE(OLD.mv_id, (SELECT mv_id FROM past_link WHERE object_id = OLD.id)),
        COALESCE((SELECT MAX(id) FROM step), 0));
    END;
    CREATE TRIGGER cs_object_unlinked AFTER UPDATE OF mv_id ON cs_object
    WHEN OLD.mv_id IS NOT NULL AND NEW.mv_id IS NULL BEGIN
      INSERT OR REPLACE INTO past_link(object_id, mv_id, step_id)
      VALUES (OLD.id, OLD.mv_id, COALESCE((SELECT MAX(id) FROM step), 0));
    END;
    CREATE TRIGGER cs_object_renamed AFTER UPDATE OF dn_key ON cs_object
    WHEN OLD.dn_key <> NEW.dn_key BEGIN
      INSERT OR REPLACE INTO past_name(name, object_id, mv_id, step_id)
      VALUES (OLD.dn_key, OLD.id, 0, COALESCE((SELECT MAX(id) FROM step), 0));
    END;
    CREATE TRIGGER mv_name_gone AFTER DELETE ON mv_value
    WHEN (SELECT name FROM attribute WHERE id = OLD.attribute_id) = 'userPrincipalName' BEGIN
      INSERT OR REPLACE INTO past_name(name, object_id, mv_id, step_id)
      VALUES (OLD.value, 0, OLD.mv_id, COALESCE((SELECT MAX(id) FROM step), 0));
    END;
    """
}
