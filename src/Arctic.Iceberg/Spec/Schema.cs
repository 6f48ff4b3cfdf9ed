using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>The columns of a table at one time, found by id or by dotted name. Immutable.</summary>
public sealed class Schema
{
    private readonly Dictionary<int, NestedField> _byId = [];
    private readonly Dictionary<int, string> _nameById = [];
    private readonly Dictionary<string, NestedField> _byName = new(StringComparer.Ordinal);

    /// <summary>Indexes the fields.</summary>
    /// <exception cref="ArgumentException">An id or a full name occurs twice.</exception>
    public Schema(int schemaId, IEnumerable<NestedField> fields, IEnumerable<int>? identifierFieldIds = null)
    {
        SchemaId = schemaId;
        Fields = fields.ToEquatableList();
        IdentifierFieldIds = (identifierFieldIds ?? []).ToEquatableList();
        foreach (var field in Fields)
        {
            Index(field, "");
        }

        foreach (var id in IdentifierFieldIds)
        {
            if (!_byId.ContainsKey(id))
            {
                throw new ArgumentException($"Identifier field {id} is not a field of schema {schemaId}.", nameof(identifierFieldIds));
            }
        }
    }

    /// <summary>The id under which metadata and snapshots name the schema.</summary>
    public int SchemaId { get; }

    /// <summary>The top-level columns in order.</summary>
    public EquatableList<NestedField> Fields { get; }

    /// <summary>The ids of the columns that identify a row; empty when there are none.</summary>
    public EquatableList<int> IdentifierFieldIds { get; }

    /// <summary>The greatest field id, nested ones included; 0 without fields.</summary>
    public int HighestFieldId => _byId.Count == 0 ? 0 : _byId.Keys.Max();

    /// <summary>Every field id of the schema, nested ones included, in no particular order.</summary>
    public IEnumerable<int> FieldIds => _byId.Keys;

    /// <summary>All columns as one struct type.</summary>
    public IcebergType.Struct AsStruct() => new(Fields);

    /// <summary>The field of that id, at any depth (also list elements, map keys and values); null when there is none.</summary>
    public NestedField? FindField(int id) => _byId.GetValueOrDefault(id);

    /// <summary>The field of that dotted name (<c>a.b</c>, <c>tags.element</c>, <c>m.value.x</c>); null when there is none.</summary>
    public NestedField? FindField(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The dotted name of a field; null when the schema has no such id.</summary>
    public string? FindFullName(int id) => _nameById.GetValueOrDefault(id);

    /// <summary>The same columns under another schema id.</summary>
    public Schema WithSchemaId(int schemaId) => schemaId == SchemaId ? this : new Schema(schemaId, Fields, IdentifierFieldIds);

    /// <summary>Whether both have equal columns and identifier fields, whatever their schema ids.</summary>
    public bool SameAs(Schema other) =>
        Fields.Equals(other.Fields) && IdentifierFieldIds.Order().SequenceEqual(other.IdentifierFieldIds.Order());

    /// <summary>The columns as SQL types (spec/arctic.md, B.4).</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>FORMAT_UNSUPPORTED</c> for types that have no SQL type: variant, geometry, geography.</exception>
    public RowSchema ToRowSchema() => TypeMapping.ToRowSchema(this);

    /// <inheritdoc/>
    public override string ToString() => $"schema {SchemaId} [{string.Join(", ", Fields)}]";

    private void Index(NestedField field, string prefix)
    {
        var name = prefix + field.Name;
        if (!_byId.TryAdd(field.Id, field))
        {
            throw new ArgumentException($"Field id {field.Id} occurs twice: '{_nameById[field.Id]}' and '{name}'.");
        }

        _nameById.Add(field.Id, name);
        if (!_byName.TryAdd(name, field))
        {
            throw new ArgumentException($"The name '{name}' occurs twice, as field {_byName[name].Id} and {field.Id}.");
        }

        foreach (var child in SchemaTree.ChildrenOf(field.Type))
        {
            Index(child, name + ".");
        }
    }
}
