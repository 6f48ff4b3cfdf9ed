using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Mapping;

/// <summary>Which way a mapping goes: each asks for other things of a record and its columns.</summary>
internal enum MappingUse
{
    /// <summary>Every required column must have a property.</summary>
    Write,

    /// <summary>Written, but only some of the columns: which ones are wanted the writer knows.</summary>
    WriteSome,

    /// <summary>Every property must have a column, and the record must be made from its properties.</summary>
    Read,
}

/// <summary>The columns of a table, or the fields of a struct, as a record's properties. Bound to one list of fields; all work a row is in the record's own loops and its codecs'.</summary>
internal sealed class RecordColumns<T>
{
    private readonly RecordType<T> _record;
    private readonly IReadOnlyList<NestedField> _fields;
    private readonly MemberColumn<T>[] _members;
    private readonly int[] _fieldOfMember;

    private RecordColumns(RecordType<T> record, IReadOnlyList<NestedField> fields, MemberColumn<T>[] members, int[] fieldOfMember)
    {
        (_record, _fields, _members, _fieldOfMember) = (record, fields, members, fieldOfMember);
    }

    /// <summary>The fields that the columns of <see cref="Decode"/> and <see cref="Encode"/> are of, in their order.</summary>
    public IReadOnlyList<NestedField> Fields => _fields;

    /// <summary>Finds a column for each property, and a codec between them.</summary>
    /// <param name="fields">The columns or the struct's fields.</param>
    /// <param name="owner">For messages: <c>the table 'shop.orders'</c>.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c> or <c>TYPE_MISMATCH</c>: what does not fit, by name.</exception>
    public static RecordColumns<T> Bind(IReadOnlyList<NestedField> fields, MappingUse use, string owner)
    {
        var record = RecordType<T>.Instance;
        var members = new MemberColumn<T>[record.Members.Count];
        var fieldOfMember = new int[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            var member = record.Members[i];
            var at = member.FindColumn(fields);
            if (at < 0)
            {
                throw member.NoColumn(fields, owner);
            }

            if (Array.IndexOf(fieldOfMember, at, 0, i) is >= 0 and var other)
            {
                throw new ArcticException(ErrorCodes.TypeMismatch, $"The properties '{record.Members[other].Name}' and '{member.Name}' are both the column '{fields[at].Name}' of {owner}.");
            }

            fieldOfMember[i] = at;
            members[i] = MemberColumn<T>.Make(i, member, fields[at], use);
        }

        var columns = new RecordColumns<T>(record, fields, members, fieldOfMember);
        if (use == MappingUse.Write)
        {
            columns.RequireColumnsFor(owner);
        }
        else if (use == MappingUse.Read)
        {
            _ = record.Assembler;
        }

        return columns;
    }

    /// <summary>The same mapping over just the fields that are properties.</summary>
    public RecordColumns<T> OnlyMembers() => new(_record, _fieldOfMember.Select(f => _fields[f]).ToArray(), _members, Enumerable.Range(0, _members.Length).ToArray());

    /// <summary>A column for each field; those without a property hold their default, or NULL.</summary>
    public Column[] Encode(T[] rows, int count)
    {
        RequireNoNull(rows, count);
        var columns = new Column[_fields.Count];
        for (var i = 0; i < _members.Length; i++)
        {
            columns[_fieldOfMember[i]] = _members[i].Encode(rows, count);
        }

        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] ??= DefaultColumns.Of(_fields[i], static f => f.WriteDefault, count);
        }

        return columns;
    }

    /// <summary>Rows of a column for each field.</summary>
    public void Decode(IReadOnlyList<Column> columns, int length, T[] rows)
    {
        var values = new Array[_members.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = _members[i].Decode(columns[_fieldOfMember[i]].ToDense());
        }

        _record.Assembler(values, length, rows);
    }

    private void RequireColumnsFor(string owner)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i] is { IsRequired: true, WriteDefault: null } field && Array.IndexOf(_fieldOfMember, i) < 0)
            {
                throw new ArcticException(
                    ErrorCodes.TypeMismatch, $"Cannot write rows of {MemberType.NameOf(typeof(T))} to {owner}: its column '{field.Name}' ({field.Type}) is required, and no property is this column.")
                {
                    Hint = NameSuggestion.For(field.Name, _record.Members.Select(m => m.Property.Name)),
                };
            }
        }
    }

    private static void RequireNoNull(T[] rows, int count)
    {
        if (!typeof(T).IsValueType && Array.IndexOf(rows, default, 0, count) is >= 0 and var at)
        {
            throw new ArcticException(ErrorCodes.EvaluationFailed, $"Cannot write row {at} of a batch of {MemberType.NameOf(typeof(T))}: it is null.");
        }
    }
}

/// <summary>One property and its column.</summary>
internal abstract class MemberColumn<T>
{
    /// <summary>Binds a property to a field.</summary>
    public static MemberColumn<T> Make(int index, RecordMember member, NestedField field, MappingUse use)
    {
        var place = new MappingPlace(member.Name, member.Type, field.Name, field.Type);
        return Codecs.Close<MemberColumn<T>>(typeof(Of<>), [typeof(T), member.Type.Type], index, Codecs.Make(place, TypeMapping.ToField(field).Type, use));
    }

    /// <summary>The property of many rows as a column.</summary>
    public abstract Column Encode(T[] rows, int count);

    /// <summary>The column as an array of the property's type.</summary>
    public abstract Array Decode(Column column);

    private sealed class Of<TMember>(int index, ValueCodec<TMember> codec) : MemberColumn<T>
    {
        private readonly ExtractMember<T, TMember> _extract = RecordType<T>.Instance.Extractor<TMember>(index);

        public override Column Encode(T[] rows, int count)
        {
            var values = new TMember[count];
            _extract(rows, count, values);
            return codec.Encode(values, count);
        }

        public override Array Decode(Column column)
        {
            var values = new TMember[column.Length];
            codec.Decode(column, values);
            return values;
        }
    }
}
