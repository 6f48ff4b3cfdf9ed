using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Changes the columns of a table: no file is rewritten, old ones are read by field id. The changes take place in the order of the calls, and names mean the
/// columns as they are by then; nested ones are named with dots (<c>address.city</c>). Everything is checked when the transaction commits. Conflicts only
/// when another writer has changed the schema meanwhile.
/// </summary>
public sealed class UpdateSchema : TransactionStep
{
    private readonly List<Action<SchemaEvolution>> _changes = [];
    private readonly int _baseSchemaId;
    private readonly int _baseLastColumnId;
    private bool _ignoresCase;
    private bool _allowsIncompatible;

    internal UpdateSchema(TableMetadata planned)
    {
        _baseSchemaId = planned.CurrentSchemaId;
        _baseLastColumnId = planned.LastColumnId;
    }

    /// <summary>Adds an optional column at the end of the table.</summary>
    /// <param name="type">Ids inside of it do not count: the table gives new ones.</param>
    public UpdateSchema AddColumn(string name, IcebergType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        return AddColumn(new NewColumn { Name = name, Type = type });
    }

    /// <summary>Adds a column, also to a struct, with a comment or a default.</summary>
    public UpdateSchema AddColumn(NewColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return Record(e => e.Add(column));
    }

    /// <summary>Drops a column; its id is never given out again.</summary>
    public UpdateSchema DropColumn(string name) => Record(e => e.Drop(name));

    /// <summary>Renames a column.</summary>
    /// <param name="newName">Without the names above it.</param>
    public UpdateSchema RenameColumn(string name, string newName) => Record(e => e.Rename(name, newName));

    /// <summary>Moves a column to the front of the table, or of its struct.</summary>
    public UpdateSchema MoveFirst(string name) => Record(e => e.MoveFirst(name));

    /// <summary>Moves a column before another one of the same struct.</summary>
    public UpdateSchema MoveBefore(string name, string other) => Record(e => e.MoveBeside(name, other, 0));

    /// <summary>Moves a column after another one of the same struct.</summary>
    public UpdateSchema MoveAfter(string name, string other) => Record(e => e.MoveBeside(name, other, 1));

    /// <summary>
    /// Widens the type of a column: int to long, float to double, a decimal to more digits; in format version 3 also date to a timestamp without a zone, and
    /// unknown to any primitive type.
    /// </summary>
    public UpdateSchema WidenColumn(string name, IcebergType type) => Record(e => e.Widen(name, type));

    /// <summary>Lets a column hold null.</summary>
    public UpdateSchema MakeOptional(string name) => Record(e => e.MakeOptional(name));

    /// <summary>Forbids null in a column. Refused without <see cref="AllowIncompatibleChanges"/>, unless this step adds it with a default.</summary>
    public UpdateSchema Require(string name) => Record(e => e.Require(name));

    /// <summary>Sets the comment of a column.</summary>
    /// <param name="doc">Null for none.</param>
    public UpdateSchema SetDoc(string name, string? doc) => Record(e => e.Document(name, doc));

    /// <summary>Sets the value of rows that are written without one (v3). Rows that are there keep theirs.</summary>
    /// <param name="value">As <see cref="NewColumn.Default"/>; null for null.</param>
    public UpdateSchema SetWriteDefault(string name, object? value) => Record(e => e.SetWriteDefault(name, value));

    /// <summary>Sets the columns that identify a row, which must be required; none for no columns.</summary>
    public UpdateSchema SetIdentifierFields(params IEnumerable<string> names) => Record(e => e.SetIdentifierFields(names));

    /// <summary>Finds columns by name whatever the case, and takes names that differ by case alone for the same.</summary>
    public UpdateSchema IgnoreCase()
    {
        _ignoresCase = true;
        return this;
    }

    /// <summary>Allows changes that rows of the table may contradict: a required column without a default, null forbidden where it was allowed.</summary>
    public UpdateSchema AllowIncompatibleChanges()
    {
        _allowsIncompatible = true;
        return this;
    }

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var found = attempt.Table.Metadata;
        if (found.CurrentSchemaId != _baseSchemaId || found.LastColumnId != _baseLastColumnId)
        {
            throw new CommitConflictException(
                $"Cannot change the schema of '{attempt.Table.Identifier}': another writer has changed it to schema {found.CurrentSchemaId} meanwhile. Load the table again and plan the change anew.");
        }

        attempt.Require(new TableRequirement.AssertCurrentSchemaId(_baseSchemaId));
        attempt.Require(new TableRequirement.AssertLastAssignedFieldId(_baseLastColumnId));
        var before = attempt.Metadata.CurrentSchema;
        var evolution = new SchemaEvolution(attempt.Metadata, attempt.Table.Identifier.ToString()) { IgnoresCase = _ignoresCase, AllowsIncompatible = _allowsIncompatible };
        foreach (var change in _changes)
        {
            change(evolution);
        }

        var after = evolution.Build();
        if (after.SameAs(before))
        {
            return ValueTask.CompletedTask;
        }

        attempt.Add(new TableUpdate.AddSchema(after));
        attempt.Add(new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded));
        SchemaProperties.Follow(attempt, before, after);
        return ValueTask.CompletedTask;
    }

    private UpdateSchema Record(Action<SchemaEvolution> change)
    {
        _changes.Add(change);
        return this;
    }
}
