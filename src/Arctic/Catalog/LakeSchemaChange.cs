using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.Sql.Catalog;

namespace Arctic.Catalog;

/// <summary>ALTER TABLE as changes of an Iceberg schema: columns keep their ids, so that no file is rewritten and readers of the old columns go on.</summary>
internal sealed class LakeSchemaChange(MixedTable table, TableAlteration alteration)
{
    private readonly HashSet<string> _computed = alteration.Before.Columns.Concat(alteration.After.Columns).OfType<TableColumn.Computed>().Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
    private int _lastId;

    /// <summary>Whether any stored column changes.</summary>
    public bool ChangesColumns => alteration.Edits.Any(IsOfStored);

    // The others are properties of the table.
    private bool IsOfStored(TableEdit edit) => edit switch
    {
        TableEdit.AddColumn add => add.Column is TableColumn.Physical,
        TableEdit.ModifyColumn modify => modify.Column is TableColumn.Physical,
        TableEdit.DropColumn { Path: [var name] } => !_computed.Contains(name),
        TableEdit.RenameColumn { Path: [var name] } => !_computed.Contains(name),
        TableEdit.DropColumn or TableEdit.RenameColumn or TableEdit.MoveColumn => true,
        _ => false,
    };

    /// <summary>Refuses what tables of the lake cannot do.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>, <see cref="ErrorCodes.InvalidStatement"/>.</exception>
    public void Check()
    {
        foreach (var edit in alteration.Edits)
        {
            switch (edit)
            {
                case TableEdit.Declare { What: not "the watermark" } declare:
                    throw new ArcticException(ErrorCodes.Unsupported, $"Cannot alter table '{alteration.Before.Path}': {declare.What} of a table in a catalog of type 'arctic' is fixed when the table is made.");
                case TableEdit.ModifyColumn modify when modify.Old is TableColumn.Physical != modify.Column is TableColumn.Physical:
                    throw new ArcticException(ErrorCodes.Unsupported, $"Cannot alter table '{alteration.Before.Path}': column '{modify.Column.Name}' stays what it is, stored or computed.") { Hint = "DROP it and ADD it anew." };
                case TableEdit.MoveColumn move when move.Path is [var moved] && (_computed.Contains(moved) || (move.After is not null && _computed.Contains(move.After))):
                    throw new ArcticException(ErrorCodes.Unsupported, $"compute column must be listed after all physical columns: column '{moved}' of table '{alteration.Before.Path}' cannot be moved there.");
                case TableEdit.RenameColumn { Path: [var name] } when table.Key?.Columns.Contains(name) == true:
                    throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot rename primary key {name}.");
                case TableEdit.AddColumn { Column: TableColumn.Physical { Type.IsNullable: false } added }:
                    throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot add column '{added.Name}' to table '{alteration.Before.Path}' as NOT NULL: the rows that are there have no value of it.") { Hint = "Leave NOT NULL out." };
            }
        }

        VirtualColumns.Check(alteration.After with { Columns = new(alteration.After.Columns.OrderBy(c => c is TableColumn.Physical ? 0 : 1)) });
    }

    /// <summary>Plans the changes.</summary>
    public void Apply(UpdateSchema update)
    {
        foreach (var edit in alteration.Edits.Where(IsOfStored))
        {
            switch (edit)
            {
                case TableEdit.AddColumn { Column: TableColumn.Physical column } add:
                    Add(update, NameOf(add.Parent), new Field(column.Name, column.Type) { Comment = column.Comment });
                    break;
                case TableEdit.DropColumn drop:
                    update.DropColumn(NameOf(drop.Path));
                    break;
                case TableEdit.RenameColumn rename:
                    update.RenameColumn(NameOf(rename.Path), rename.NewName);
                    break;
                case TableEdit.ModifyColumn { Old: TableColumn.Physical old, Column: TableColumn.Physical column } modify:
                    Modify(update, NameOf(modify.Path), old.Type, column.Type);
                    Document(update, NameOf(modify.Path), old.Comment, column.Comment);
                    break;
                case TableEdit.MoveColumn move:
                    Move(update, NameOf(move.Path), move.After is null ? null : NameOf([.. move.Path.Take(move.Path.Count - 1), move.After]));
                    break;
            }
        }
    }

    private static string NameOf(EquatableList<string> path) => string.Join('.', path);

    private void Add(UpdateSchema update, string parent, Field field) => update.AddColumn(new NewColumn
    {
        Name = field.Name,
        Parent = parent,
        Type = TypeMapping.FromDataType(field.Type, () => ++_lastId),
        IsRequired = !field.Type.IsNullable,
        Doc = field.Comment,
    });

    private static void Move(UpdateSchema update, string name, string? after)
    {
        if (after is null)
        {
            update.MoveFirst(name);
        }
        else if (after != name)
        {
            update.MoveAfter(name, after);
        }
    }

    private static void Document(UpdateSchema update, string name, string? before, string? after)
    {
        if (before != after)
        {
            update.SetDoc(name, after);
        }
    }

    private void Modify(UpdateSchema update, string name, DataType before, DataType after)
    {
        if (before.IsNullable != after.IsNullable)
        {
            _ = after.IsNullable ? update.MakeOptional(name) : update.Require(name);
        }

        switch (before, after)
        {
            case (DataType.Row from, DataType.Row to):
                ModifyFields(update, name, from, to);
                break;
            case (DataType.Array from, DataType.Array to):
                Modify(update, name + ".element", from.Element, to.Element);
                break;
            case (DataType.Map from, DataType.Map to) when from.Key.Equals(to.Key):
                Modify(update, name + ".value", from.Value, to.Value);
                break;
            case var _ when !before.EqualsIgnoringNullability(after):
                update.WidenColumn(name, TypeMapping.FromDataType(after, () => ++_lastId));
                break;
        }
    }

    // Fields of a row are the same when their names are.
    private void ModifyFields(UpdateSchema update, string name, DataType.Row before, DataType.Row after)
    {
        if (before.Fields.FirstOrDefault(f => after.Fields.All(a => a.Name != f.Name)) is { } missing)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot modify column '{name}' of table '{alteration.Before.Path}': the new type lacks the field '{missing.Name}'.")
            {
                Hint = $"ALTER TABLE … DROP {name}.{missing.Name} drops it, RENAME renames it.",
            };
        }

        var names = before.Fields.Select(f => f.Name).ToList();
        foreach (var field in after.Fields)
        {
            if (before.Fields.FirstOrDefault(f => f.Name == field.Name) is { } old)
            {
                Modify(update, $"{name}.{field.Name}", old.Type, field.Type);
                Document(update, $"{name}.{field.Name}", old.Comment, field.Comment ?? old.Comment);
            }
            else
            {
                Add(update, name, field);
                names.Add(field.Name);
            }
        }

        if (!names.SequenceEqual(after.Fields.Select(f => f.Name)))
        {
            for (var i = 0; i < after.Fields.Count; i++)
            {
                Move(update, $"{name}.{after.Fields[i].Name}", i == 0 ? null : $"{name}.{after.Fields[i - 1].Name}");
            }
        }
    }
}
