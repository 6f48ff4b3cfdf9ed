using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Storage.Parquet;

/// <summary>The columns of a Parquet file as the native reader will give them, by the file's footer alone (Parquet format, "Logical Types").</summary>
internal static class ParquetFileFields
{
    private const int DecimalDigitsMax = 38;

    /// <summary>The columns below the root, with their leaf indices.</summary>
    /// <remarks>A column that cannot be read, such as one of decimals with more than 38 digits, is only refused when it is.</remarks>
    public static IReadOnlyList<FileField> Of(ParquetNode root)
    {
        var leaf = 0;
        return MembersOf(root, ref leaf);
    }

    private static FileField[] MembersOf(ParquetNode group, ref int leaf)
    {
        var fields = new FileField[group.Children.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = FieldOf(group.Children[i], ref leaf);
        }

        return fields;
    }

    private static FileField FieldOf(ParquetNode node, ref int leaf)
    {
        if (node.Repetition == ParquetRepetition.Repeated)
        {
            // An old form of lists: no group around the repeated field, which is its element.
            var firstLeaf = leaf;
            var element = ValueOf(node, isNullable: false, ref leaf);
            return ListOf(node, element, isNullable: false, firstLeaf);
        }

        return ValueOf(node, node.Repetition == ParquetRepetition.Optional, ref leaf);
    }

    private static FileField ValueOf(ParquetNode node, bool isNullable, ref int leaf)
    {
        var firstLeaf = leaf;
        if (node.PhysicalType is not null)
        {
            leaf++;
            return new FileField(node.Name, LeafTypeOf(node).WithNullability(isNullable), IdOf(node)) { FirstLeaf = firstLeaf };
        }

        if (node is { Logical.Kind: ParquetLogicalKind.List, Children: [{ Repetition: ParquetRepetition.Repeated } repeated] })
        {
            return ListOf(node, ElementOf(node, repeated, ref leaf), isNullable, firstLeaf);
        }

        if (node is { Logical.Kind: ParquetLogicalKind.Map, Children: [{ Repetition: ParquetRepetition.Repeated, Children: [var key, var value] }] })
        {
            var keyField = FieldOf(key, ref leaf);
            keyField = keyField with { Type = keyField.Type.AsNotNull() };
            var valueField = FieldOf(value, ref leaf);
            return new FileField(node.Name, new DataType.Map(keyField.Type, valueField.Type).WithNullability(isNullable), IdOf(node)) { Children = [keyField, valueField], FirstLeaf = firstLeaf };
        }

        // A map without values is the list of its keys.
        if (node is { Logical.Kind: ParquetLogicalKind.Map, Children: [{ Repetition: ParquetRepetition.Repeated, Children.Count: 1 } keys] })
        {
            return ListOf(node, ElementOf(node, keys, ref leaf), isNullable, firstLeaf);
        }

        var members = MembersOf(node, ref leaf);
        var row = new DataType.Row(new EquatableList<Field>(members.Select(m => new Field(m.Name, m.Type))));
        return new FileField(node.Name, row.WithNullability(isNullable), IdOf(node)) { Children = new EquatableList<FileField>(members), FirstLeaf = firstLeaf };
    }

    private static FileField ListOf(ParquetNode node, FileField element, bool isNullable, int firstLeaf) =>
        new(node.Name, new DataType.Array(element.Type).WithNullability(isNullable), IdOf(node)) { Children = [element], FirstLeaf = firstLeaf };

    // The format's rules for lists of old writers: the repeated field is the element itself unless it is a group made for the list.
    private static FileField ElementOf(ParquetNode list, ParquetNode repeated, ref int leaf)
    {
        var isElement = repeated.PhysicalType is not null || repeated.Children.Count != 1 || repeated.Name == "array" || repeated.Name == list.Name + "_tuple";
        return isElement ? ValueOf(repeated, isNullable: false, ref leaf) : FieldOf(repeated.Children[0], ref leaf);
    }

    private static int? IdOf(ParquetNode node) => node.FieldId is >= 0 and var id ? id : null;

    private static DataType LeafTypeOf(ParquetNode leaf) => (leaf.PhysicalType, leaf.Logical.Kind) switch
    {
        (_, ParquetLogicalKind.Unknown) => DataTypes.Null,
        (_, ParquetLogicalKind.Decimal) when leaf.Logical.Precision <= DecimalDigitsMax => DataTypes.Decimal(leaf.Logical.Precision, leaf.Logical.Scale),
        (ParquetPhysicalType.Boolean, _) => DataTypes.Boolean,
        (ParquetPhysicalType.Int32, ParquetLogicalKind.Date) => DataTypes.Date,
        (ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64, ParquetLogicalKind.Time) => DataTypes.Time(DigitsOf(leaf.Logical.Unit)),
        (ParquetPhysicalType.Int64, ParquetLogicalKind.Timestamp) => leaf.Logical.IsAdjustedToUtc ? DataTypes.TimestampLtz(DigitsOf(leaf.Logical.Unit)) : DataTypes.Timestamp(DigitsOf(leaf.Logical.Unit)),
        (ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64, ParquetLogicalKind.Integer) => IntegerOf(leaf.Logical),
        (ParquetPhysicalType.Int32, _) => DataTypes.Int,
        (ParquetPhysicalType.Int64, _) => DataTypes.BigInt,
        (ParquetPhysicalType.Int96, _) => DataTypes.Timestamp(6),
        (ParquetPhysicalType.Float, _) => DataTypes.Float,
        (ParquetPhysicalType.Double, _) => DataTypes.Double,
        (ParquetPhysicalType.FixedLengthByteArray, ParquetLogicalKind.Float16) => DataTypes.Float,
        (ParquetPhysicalType.FixedLengthByteArray, _) => new DataType.Binary(leaf.TypeLength),
        (_, ParquetLogicalKind.String or ParquetLogicalKind.Enum or ParquetLogicalKind.Json) => DataTypes.String,
        _ => DataTypes.Bytes,
    };

    // Unsigned numbers take the next wider type.
    private static DataType IntegerOf(ParquetLogicalType integer) => (integer.BitWidth, integer.IsSigned) switch
    {
        (8, true) => DataTypes.TinyInt,
        (8, false) or (16, true) => DataTypes.SmallInt,
        (16, false) or (32, true) => DataTypes.Int,
        (64, false) => DataTypes.Decimal(20, 0),
        _ => DataTypes.BigInt,
    };

    private static int DigitsOf(ParquetTimeUnit unit) => unit switch
    {
        ParquetTimeUnit.Millis => 3,
        ParquetTimeUnit.Micros => 6,
        _ => 9,
    };
}
