using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Columns that say what happened to a row.</summary>
internal static class ChangeColumns
{
    /// <summary>The column of that id; null when it is none of these.</summary>
    public static Column? Find(NestedField field, in ChangedRows rows, ChangeOrigin? origin)
    {
        var length = rows.Deleted.Length;
        return field.Id switch
        {
            MetadataColumns.IsDeletedId => Flags(rows.Deleted.Span),
            MetadataColumns.ChangeTypeId => Kinds(rows.Kinds.Span, length),
            MetadataColumns.ChangeOrdinalId when origin is not null => new ConstantColumn(new FixedColumn<int>(DataTypes.Int.AsNotNull(), [origin.Ordinal]), length),
            MetadataColumns.CommitSnapshotIdId when origin is not null => new ConstantColumn(new FixedColumn<long>(DataTypes.BigInt.AsNotNull(), [origin.SnapshotId]), length),
            _ => null,
        };
    }

    private static BooleanColumn Flags(ReadOnlySpan<bool> flags)
    {
        var bits = new byte[Math.Max(1, Bitmap.BytesFor(flags.Length))];
        for (var i = 0; i < flags.Length; i++)
        {
            if (flags[i])
            {
                Bitmap.Set(bits, i);
            }
        }

        return new BooleanColumn(DataTypes.Boolean.AsNotNull(), flags.Length, new Bitmap(bits, 0));
    }

    private static Column Kinds(ReadOnlySpan<RowKind> kinds, int length)
    {
        var texts = new BytesColumnBuilder(DataTypes.String.AsNotNull());
        if (kinds.IsEmpty)
        {
            texts.Append("INSERT"u8);
            return new ConstantColumn(texts.Build(), length);
        }

        foreach (var kind in kinds)
        {
            texts.Append(kind.IsAddition() ? "INSERT"u8 : "DELETE"u8);
        }

        return texts.Build();
    }
}
