using Arctic.Columnar.Types;

namespace Arctic.Sql.Catalog;

/// <summary>One ALTER TABLE, bound: the table before and after it, and the steps between, for catalogs whose columns are more than their names.</summary>
/// <param name="Edits">In the order in which they take place; names mean the columns as they are by then.</param>
internal sealed record TableAlteration(TableDefinition Before, TableDefinition After, EquatableList<TableEdit> Edits);

/// <summary>A step of ALTER TABLE. Columns are named by their path: fields of rows behind the column that holds them.</summary>
internal abstract record TableEdit
{
    /// <summary>A new column, at the end of its row unless it is moved.</summary>
    /// <param name="Parent">The row column that takes the field; empty for the table.</param>
    public sealed record AddColumn(EquatableList<string> Parent, TableColumn Column) : TableEdit;

    /// <summary>A column is dropped.</summary>
    public sealed record DropColumn(EquatableList<string> Path) : TableEdit;

    /// <summary>A column is renamed.</summary>
    public sealed record RenameColumn(EquatableList<string> Path, string NewName) : TableEdit;

    /// <summary>A column is declared anew: another type, comment or nullability.</summary>
    /// <param name="Old">The column before.</param>
    public sealed record ModifyColumn(EquatableList<string> Path, TableColumn Old, TableColumn Column) : TableEdit;

    /// <summary>A column goes behind another one of its row.</summary>
    /// <param name="After">The name of that one; null for the front.</param>
    public sealed record MoveColumn(EquatableList<string> Path, string? After) : TableEdit;

    /// <summary>Options are set.</summary>
    public sealed record SetOptions(TableOptions Options) : TableEdit;

    /// <summary>Options are taken away.</summary>
    public sealed record ResetOptions(EquatableList<string> Keys) : TableEdit;

    /// <summary>The primary key, watermark or distribution changes.</summary>
    /// <param name="What">What it is, for messages: <c>the primary key</c>.</param>
    public sealed record Declare(string What) : TableEdit;
}
