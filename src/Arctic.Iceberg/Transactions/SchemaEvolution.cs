using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Makes the next schema of a table, change by change: each sees the result of those before it. Field ids are new and never given out twice. Not thread-safe.
/// </summary>
/// <param name="metadata">The table before.</param>
/// <param name="table">The name for messages.</param>
internal sealed class SchemaEvolution(TableMetadata metadata, string table)
{
    private readonly HashSet<int> _addedIds = [];
    private EquatableList<int> _identifierIds = metadata.CurrentSchema.IdentifierFieldIds;
    private Schema _schema = new(0, metadata.CurrentSchema.Fields);
    private int _lastColumnId = metadata.LastColumnId;

    /// <summary>Whether names are found whatever their case.</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>Whether changes that rows of the table may contradict are allowed.</summary>
    public bool AllowsIncompatible { get; init; }

    /// <summary>Adds a column.</summary>
    public void Add(NewColumn column)
    {
        var owner = column.Parent is { } parent ? FindStruct(parent) : SchemaTree.Root;
        if (column.Parent is null && column.Name.Contains('.', StringComparison.Ordinal))
        {
            throw Invalid($"the name '{column.Name}' of a new column is ambiguous", "Name the struct as 'Parent', or no parent ('') for a column whose name has a dot.");
        }

        CheckIsFree(owner, column.Name);
        var value = column.Default is null ? null : ValueOf(column.Type, column.Default, column.Name);
        if (column.IsRequired && value is null && !AllowsIncompatible)
        {
            throw Invalid($"the new column '{column.Name}' is required, and the rows that are there have no value of it", "Give a default (format version 3), make it optional, or allow incompatible changes.");
        }

        var id = ++_lastColumnId;
        var type = SchemaTree.WithFreshIds(column.Type, () => ++_lastColumnId);
        var field = new NestedField(id, column.Name, type, column.IsRequired) { Doc = column.Doc, InitialDefault = value, WriteDefault = value };
        _addedIds.Add(id);
        Become(SchemaTree.EditMembers(_schema.Fields, owner, members => [.. members, field]));
    }

    /// <summary>Drops a column.</summary>
    public void Drop(string name)
    {
        var (field, owner) = FindMember(name);
        Become(SchemaTree.EditMembers(_schema.Fields, owner, members => members.Where(m => m.Id != field.Id).ToEquatableList()));
        if (MembersOf(owner).All(m => m.Type is IcebergType.Unknown))
        {
            throw Invalid($"'{name}' is the only field of its struct that files store, and files have no structs without fields", "Drop the struct.");
        }
    }

    /// <summary>Renames a column.</summary>
    public void Rename(string name, string newName)
    {
        var (field, owner) = FindMember(name);
        if (field.Name == newName)
        {
            return;
        }

        CheckIsFree(owner, newName, field.Id);
        Become(SchemaTree.Edit(_schema.Fields, field.Id, f => f with { Name = newName }));
    }

    /// <summary>Moves a column to the front of its struct.</summary>
    public void MoveFirst(string name)
    {
        var (field, owner) = FindMember(name);
        Become(SchemaTree.EditMembers(_schema.Fields, owner, members => [field, .. members.Where(m => m.Id != field.Id)]));
    }

    /// <summary>Moves a column next to another one of the same struct.</summary>
    /// <param name="offset">0 for before, 1 for after it.</param>
    public void MoveBeside(string name, string reference, int offset)
    {
        var (field, owner) = FindMember(name);
        var (other, otherOwner) = FindMember(reference);
        if (owner != otherOwner || field.Id == other.Id)
        {
            throw Invalid(field.Id == other.Id ? $"'{name}' cannot be moved beside itself" : $"'{name}' cannot be moved beside '{reference}': they are not fields of one struct");
        }

        Become(SchemaTree.EditMembers(_schema.Fields, owner, members =>
        {
            var rest = members.Where(m => m.Id != field.Id).ToList();
            rest.Insert(rest.FindIndex(m => m.Id == other.Id) + offset, field);
            return rest.ToEquatableList();
        }));
    }

    /// <summary>Widens the type of a column, element or value.</summary>
    public void Widen(string name, IcebergType type)
    {
        var field = Find(name);
        if (field.Type.Equals(type))
        {
            return;
        }

        if (!SchemaRules.IsPromotion(field.Type, type, metadata.FormatVersion))
        {
            throw Invalid(
                $"the column '{name}' of type '{field.Type}' cannot become '{type}'",
                "int can become long, float double, a decimal one of more digits; in format version 3 also date a timestamp without a zone, and unknown any primitive type.");
        }

        if (metadata.PartitionSpecs.SelectMany(s => s.Fields).FirstOrDefault(f => f.SourceIds.Contains(field.Id) && !SchemaRules.KeepsPartitionValues(f.Transform, field.Type)) is { } partition)
        {
            throw Invalid($"the column '{name}' cannot become '{type}': the values of the partition field '{partition.Name}' ({partition.Transform}) would change");
        }

        EditOutsideKeys(field, f => f with
        {
            Type = type,
            InitialDefault = SingleValues.Promote(f.Type, type, f.InitialDefault),
            WriteDefault = SingleValues.Promote(f.Type, type, f.WriteDefault),
        });
    }

    /// <summary>Lets a column hold null.</summary>
    public void MakeOptional(string name) => EditOutsideKeys(Find(name), f => f with { IsRequired = false });

    /// <summary>Forbids null in a column.</summary>
    public void Require(string name)
    {
        var field = Find(name);
        var hasNoNulls = field.IsRequired || (_addedIds.Contains(field.Id) && field.InitialDefault is not null);
        if (!hasNoNulls && !AllowsIncompatible)
        {
            throw Invalid($"the column '{name}' cannot become required: rows that are there may hold null", "Allow incompatible changes when you know that none does.");
        }

        EditOutsideKeys(field, f => f with { IsRequired = true });
    }

    /// <summary>Sets the comment of a column.</summary>
    /// <param name="doc">Null for none.</param>
    public void Document(string name, string? doc)
    {
        var (field, _) = FindMember(name);
        Become(SchemaTree.Edit(_schema.Fields, field.Id, f => f with { Doc = doc }));
    }

    /// <summary>Sets the value of rows that are written without one.</summary>
    public void SetWriteDefault(string name, object? value)
    {
        var (field, _) = FindMember(name);
        var boxed = value is null ? null : ValueOf(field.Type, value, name);
        Become(SchemaTree.Edit(_schema.Fields, field.Id, f => f with { WriteDefault = boxed }));
    }

    /// <summary>Sets the columns that identify a row; none for no columns.</summary>
    public void SetIdentifierFields(IEnumerable<string> names) => _identifierIds = names.Select(n => Find(n).Id).Distinct().ToEquatableList();

    /// <summary>The schema with all changes. Its schema id does not count.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>, <c>FORMAT_UNSUPPORTED</c>: the changes break a partition, the sort order, the identifier fields or the format.</exception>
    public Schema Build()
    {
        foreach (var id in _identifierIds)
        {
            if (SchemaRules.FindIdentifierViolation(_schema, id) is { } violation)
            {
                throw Invalid(
                    $"the column '{_schema.FindFullName(id) ?? metadata.CurrentSchema.FindFullName(id)}' identifies rows and cannot do so any more: {violation}",
                    "Set other identifier fields in the same change.");
            }
        }

        ColumnRules.Check(_schema, metadata.CurrentSchema, $"change the schema of '{table}'");
        SchemaRules.CheckVersion(_schema, metadata.FormatVersion, $"change the schema of '{table}'");
        return new Schema(0, _schema.Fields, _identifierIds);
    }

    private void Become(EquatableList<NestedField> fields)
    {
        try
        {
            _schema = new Schema(0, fields);
        }
        catch (ArgumentException e)
        {
            // A column 'a.b' beside a struct 'a' with a field 'b'.
            throw Invalid(e.Message.TrimEnd('.'), inner: e);
        }
    }

    private EquatableList<NestedField> MembersOf(int owner) => owner == SchemaTree.Root ? _schema.Fields : ((IcebergType.Struct)_schema.FindField(owner)!.Type).Fields;

    private void EditOutsideKeys(NestedField field, Func<NestedField, NestedField> edit)
    {
        CheckIsOutsideKeys(field);
        Become(SchemaTree.Edit(_schema.Fields, field.Id, edit));
    }

    private void CheckIsOutsideKeys(NestedField field)
    {
        if (_schema.FieldIds.Any(id => _schema.FindField(id)!.Type is IcebergType.Map m && (m.KeyId == field.Id || Contains(m.Key, field.Id))))
        {
            throw Invalid($"'{_schema.FindFullName(field.Id)}' belongs to the keys of a map, which never change");
        }
    }

    private static bool Contains(IcebergType type, int id) => SchemaTree.ChildrenOf(type).Any(c => c.Id == id || Contains(c.Type, id));

    private void CheckIsFree(int owner, string name, int? exceptId = null)
    {
        var comparison = IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        if (name.Length == 0)
        {
            throw Invalid("a column needs a name");
        }

        if (MembersOf(owner).FirstOrDefault(m => m.Id != exceptId && m.Name.Equals(name, comparison)) is { } taken)
        {
            throw Invalid($"there is a column '{_schema.FindFullName(taken.Id)}' already", "Drop or rename that one first, in the same change if you like.");
        }
    }

    private object ValueOf(IcebergType type, object value, string name)
    {
        try
        {
            return SingleValues.From(type, value);
        }
        catch (ArgumentException e)
        {
            throw Invalid($"the default of the column '{name}' is wrong: {e.Message}", inner: e);
        }
    }

    /// <summary>The id of the field whose type is the struct of that name.</summary>
    private int FindStruct(string name)
    {
        if (name.Length == 0)
        {
            return SchemaTree.Root;
        }

        // Like the original, a list or map stands for the struct of its elements or values.
        var field = Find(name);
        while (field.Type is IcebergType.List or IcebergType.Map)
        {
            field = SchemaTree.ChildrenOf(field.Type)[^1];
        }

        if (field.Type is not IcebergType.Struct)
        {
            throw Invalid($"'{name}' is of type '{field.Type}', which has no fields");
        }

        CheckIsOutsideKeys(field);
        return field.Id;
    }

    /// <summary>A top-level column or a member of a struct, and the field whose type that struct is.</summary>
    private (NestedField Field, int Owner) FindMember(string name)
    {
        var field = Find(name);
        if (_schema.Fields.Any(f => f.Id == field.Id))
        {
            return (field, SchemaTree.Root);
        }

        var owner = _schema.FieldIds.FirstOrDefault(id => _schema.FindField(id)!.Type is IcebergType.Struct s && s.FindField(field.Id) is not null);
        if (owner == SchemaTree.Root)
        {
            throw Invalid($"'{name}' is the {field.Name} of a list or map and not a field of its own");
        }

        CheckIsOutsideKeys(field);
        return (field, owner);
    }

    private NestedField Find(string name)
    {
        if (_schema.FindField(name) is { } exact)
        {
            return exact;
        }

        var comparison = IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var ids = _schema.FieldIds.Where(id => name.Equals(_schema.FindFullName(id), comparison)).ToList();
        if (ids.Count == 0)
        {
            ids = ShortNamesOf(_schema.AsStruct(), "").Where(n => name.Equals(n.Name, comparison)).Select(n => n.Id).ToList();
        }

        return ids.Count switch
        {
            1 => _schema.FindField(ids[0])!,
            0 => throw new ArcticException(ErrorCodes.UnknownName, $"Cannot change the schema of '{table}': it has no column '{name}'.")
            {
                Hint = NameSuggestion.For(name, _schema.FieldIds.Select(id => _schema.FindFullName(id)!)),
            },
            _ => throw Invalid($"the name '{name}' is ambiguous: {string.Join(" or ", ids.Select(id => $"'{_schema.FindFullName(id)}'"))}"),
        };
    }

    // points.x for points.element.x, as the original allows.
    private static IEnumerable<(int Id, string Name)> ShortNamesOf(IcebergType type, string prefix)
    {
        foreach (var child in SchemaTree.ChildrenOf(type))
        {
            yield return (child.Id, prefix + child.Name);
            var isLeftOut = type is IcebergType.List || (type is IcebergType.Map m && m.ValueId == child.Id);
            foreach (var nested in ShortNamesOf(child.Type, isLeftOut ? prefix : prefix + child.Name + "."))
            {
                yield return nested;
            }
        }
    }

    private ArcticException Invalid(string what, string? hint = null, Exception? inner = null) =>
        new(ErrorCodes.InvalidStatement, $"Cannot change the schema of '{table}': {what}.", inner) { Hint = hint };
}
