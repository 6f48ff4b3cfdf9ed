using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

// The columns of ALTER TABLE, fields of row columns included.
internal sealed partial class AlterTableBinder
{
    private void AddColumn(ColumnElement element)
    {
        var column = ColumnBinder.Bind(element);
        EquatableList<string> parent = new(element.Parents.Select(p => p.Name));
        if (parent.Count > 0)
        {
            EditFields(element.Parents, element.Name, fields => NestedColumns.Add(fields, ToField(element, column), element.Name));
        }
        else if (_columns.Any(c => c.Name == column.Name))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Column `{column.Name}` already exists in the table.") { Position = element.Name.Position };
        }
        else
        {
            _columns.Add(column);
        }

        _edits.Add(new TableEdit.AddColumn(parent, column));
        Move(element);
    }

    private void ModifyColumn(ColumnElement element)
    {
        var column = ColumnBinder.Bind(element);
        var path = PathOf(element);
        TableColumn old;
        if (element.Parents.Count > 0)
        {
            Field? found = null;
            EditFields(element.Parents, element.Name, fields => NestedColumns.Modify(fields, ToField(element, column), element.Name, out found));
            old = new TableColumn.Physical(found!.Name, found.Type) { Comment = found.Comment }; // Modify finds it or throws
            column = column with { Comment = column.Comment ?? found.Comment };
        }
        else
        {
            var index = IndexOf(element.Name, $"Column `{element.Name}` does not exist in the table.");
            old = _columns[index];
            column = column with { Comment = column.Comment ?? old.Comment };
            column = column is TableColumn.Physical physical && _after.PrimaryKey.Contains(column.Name) ? physical with { Type = physical.Type.AsNotNull() } : column;
            _columns[index] = column;
            RefuseVirtualPart(element, column);
        }

        _edits.Add(new TableEdit.ModifyColumn(path, old, column));
        Move(element);
    }

    // Keys and layouts are made of stored columns.
    private void RefuseVirtualPart(ColumnElement element, TableColumn column)
    {
        if (column is not TableColumn.Physical && FindUse(column.Name) is { } use)
        {
            throw BindingErrors.Invalid(element.Name, $"The column `{column.Name}` is used as {use}: it has to be a physical column.");
        }
    }

    private void Drop(IReadOnlyList<QualifiedName> names)
    {
        if (names.GroupBy(n => n.ToString()).FirstOrDefault(g => g.Count() > 1) is { } repeated)
        {
            throw BindingErrors.Invalid(repeated.Last(), $"Duplicate column `{repeated.Key}`.");
        }

        foreach (var name in names)
        {
            EquatableList<string> path = new(name.Parts.Select(p => p.Name));
            if (path.Count > 1)
            {
                EditFields(name.Parts.Take(path.Count - 1).ToList(), name.Last, fields => NestedColumns.Drop(fields, name.Last));
            }
            else
            {
                _columns.RemoveAt(IndexOf(name.Last, $"The column `{name.Last}` does not exist in the base table."));
            }

            _edits.Add(new TableEdit.DropColumn(path));
        }

        // Columns that are dropped together may need each other.
        foreach (var name in names.Where(n => n.Parts.Count == 1))
        {
            if (FindUse(name.Last.Name) is { } use)
            {
                throw BindingErrors.Invalid(name, $"The column `{name}` is used as {use}.");
            }

            RefuseReferenced(name.Last);
        }
    }

    private void Rename(TableChange.RenameColumn rename)
    {
        var newName = rename.NewName;
        EquatableList<string> path = new(rename.Column.Parts.Select(p => p.Name));
        if (path.Count > 1)
        {
            EditFields(rename.Column.Parts.Take(path.Count - 1).ToList(), rename.Column.Last, fields => NestedColumns.Rename(fields, rename.Column.Last, newName));
        }
        else
        {
            var index = IndexOf(rename.Column.Last, $"The column `{rename.Column}` does not exist in the base table.");
            if (_columns.Any(c => c.Name == newName.Name))
            {
                throw new ArcticException(ErrorCodes.AlreadyExists, $"The column `{newName}` already existed in table schema.") { Position = newName.Position };
            }

            RefuseReferenced(rename.Column.Last);
            _columns[index] = _columns[index] with { Name = newName.Name };
            RenameUses(path[0], newName.Name);
        }

        _edits.Add(new TableEdit.RenameColumn(path, newName.Name));
    }

    // The key, the partitions and the distribution follow.
    private void RenameUses(string name, string newName)
    {
        string Follow(string column) => column == name ? newName : column;
        _after = _after with
        {
            PrimaryKey = new(_after.PrimaryKey.Select(Follow)),
            PrimaryKeyName = _after.PrimaryKey.Count == 0 ? null : _after.PrimaryKeyName ?? TableDefinition.DefaultKeyName(_after.PrimaryKey),
            Partitioning = new(_after.Partitioning.Select(p => p with { Column = Follow(p.Column) })),
            Distribution = _after.Distribution is { } distribution ? distribution with { Columns = new(distribution.Columns.Select(Follow)) } : null,
        };
    }

    // FIRST or AFTER.
    private void Move(ColumnElement element)
    {
        if (element.Place is not { } place)
        {
            return;
        }

        if (element.Parents.Count > 0)
        {
            EditFields(element.Parents, element.Name, fields => NestedColumns.Move(fields, element.Name, place.After));
        }
        else
        {
            var column = _columns[_columns.FindIndex(c => c.Name == element.Name.Name)];
            var at = place.After is null ? 0 : IndexOf(place.After, $"Referenced column `{place.After}` by 'AFTER' does not exist in the table.") + 1;
            var from = _columns.IndexOf(column);
            _columns.RemoveAt(from);
            _columns.Insert(at > from ? at - 1 : at, column);
        }

        _edits.Add(new TableEdit.MoveColumn(PathOf(element), place.After?.Name));
    }

    private void EditFields(IReadOnlyList<Identifier> parents, Identifier name, Func<EquatableList<Field>, EquatableList<Field>> edit)
    {
        var index = IndexOf(parents[0], $"The column `{parents[0]}` does not exist in the base table.");
        _columns[index] = _columns[index] is TableColumn.Physical column
            ? column with { Type = NestedColumns.Edit(column.Type, parents, 1, edit) }
            : throw BindingErrors.Invalid(name, $"The column `{parents[0]}` is not stored: its fields cannot be changed.");
    }

    private static Field ToField(ColumnElement element, TableColumn column) => column is TableColumn.Physical physical
        ? new Field(physical.Name, physical.Type) { Comment = physical.Comment }
        : throw BindingErrors.Invalid(element.Name, "A field of a row is a stored column: it is neither computed nor metadata.");

    private static EquatableList<string> PathOf(ColumnElement element) => new(element.Parents.Append(element.Name).Select(p => p.Name));

    private int IndexOf(Identifier name, string missing)
    {
        var index = _columns.FindIndex(c => c.Name == name.Name);
        return index >= 0 ? index : throw BindingErrors.Unknown(name, missing, name.Name, _columns.Select(c => c.Name));
    }

    private string? FindUse(string column) => _after.PrimaryKey.Contains(column) ? "the primary key"
        : _after.Partitioning.Any(p => p.Column == column) ? "the partition keys"
        : _after.Distribution?.Columns.Contains(column) == true ? "a distribution key"
        : null;

    private void RefuseReferenced(Identifier name)
    {
        var computed = _columns.OfType<TableColumn.Computed>().FirstOrDefault(c => c.Name != name.Name && Mentions(c.Expression, name.Name));
        if (computed is not null)
        {
            throw BindingErrors.Invalid(name, $"The column `{name}` is referenced by computed column `{computed.Name}`.");
        }

        if (_after.Watermark is { } watermark && (watermark.Column == name.Name || Mentions(watermark.Expression, name.Name)))
        {
            throw BindingErrors.Invalid(name, $"The column `{name}` is referenced by watermark expression.");
        }
    }

    private static bool Mentions(SqlExpression expression, string column) =>
        (expression is SqlExpression.Name name && name.Parts[0].Name == column) || TableNames.PartsOf(expression).Any(p => Mentions(p, column));
}
