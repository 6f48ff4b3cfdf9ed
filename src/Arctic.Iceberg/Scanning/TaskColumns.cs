using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>The columns of one data file as a reader wants them: those it holds, those its manifest knows, and defaults of those it lacks (Iceberg spec, "Column Projection").</summary>
internal sealed class TaskColumns(FileScanTask task)
{
    /// <summary>A column of the table, or of <see cref="MetadataColumns"/> as far as the file tells it, for the rows of a batch.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>TABLE_CORRUPT</c>: the file lacks a required column, or stores another type.</exception>
    public Column Of(NestedField field, FileBatch batch)
    {
        var length = batch.Batch.ColumnLength;
        return field.Id switch
        {
            MetadataColumns.FilePathId => Text(task.File.FilePath, length),
            MetadataColumns.PositionId => Positions(batch.FirstRow, length, DataTypes.BigInt.AsNotNull()),
            MetadataColumns.SpecIdId => new ConstantColumn(new FixedColumn<int>(DataTypes.Int.AsNotNull(), [task.File.SpecId]), length),
            MetadataColumns.PartitionId => PartitionValues.ToColumn((IcebergType.Struct)field.Type, task.Spec, task.File.Partition, length),
            MetadataColumns.RowIdId => RowIds(field, batch, length),
            MetadataColumns.LastUpdatedSequenceNumberId => LastUpdated(field, batch, length),
            _ => Stored(field, batch) ?? Absent(field, length),
        };
    }

    private Column? Stored(NestedField field, FileBatch batch) => FileColumns.Find(field, batch.Fields, batch.Batch.Columns, task.File.FilePath);

    // Iceberg spec, "Row Lineage": without a first row id both are null, whatever the file holds.
    private Column RowIds(NestedField field, FileBatch batch, int length) => task.File.FirstRowId is { } first
        ? Fill(Stored(field, batch), Positions(first + batch.FirstRow, length, DataTypes.BigInt))
        : FileColumns.Missing(field, length, task.File.FilePath);

    private Column LastUpdated(NestedField field, FileBatch batch, int length) => task.File.FirstRowId is null
        ? FileColumns.Missing(field, length, task.File.FilePath)
        : Fill(Stored(field, batch), new ConstantColumn(new FixedColumn<long>(DataTypes.BigInt, [task.SequenceNumber]), length));

    // A column that the file does not have: its partition value, if it is one, which may be NULL, else its initial default, else NULL.
    private Column Absent(NestedField field, int length)
    {
        var fields = task.Spec.Fields;
        for (var i = 0; i < fields.Count && i < task.File.Partition.Count; i++)
        {
            if (fields[i].Transform is Transform.Identity && fields[i].SourceId == field.Id && (task.File.Partition[i] is not null || !field.IsRequired))
            {
                return IcebergValues.Repeat(field.Type, task.File.Partition[i], length).WithType(TypeMapping.ToField(field).Type);
            }
        }

        return FileColumns.Missing(field, length, task.File.FilePath);
    }

    private static ConstantColumn Text(string text, int length)
    {
        var column = new BytesColumnBuilder(DataTypes.String.AsNotNull());
        column.Append(text.AsSpan());
        return new ConstantColumn(column.Build(), length);
    }

    private static FixedColumn<long> Positions(long first, int length, DataType type)
    {
        var values = new long[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = first + i;
        }

        return new FixedColumn<long>(type, values);
    }

    // What the file stores wins; NULL there means that the row has not been moved since it was written.
    private static Column Fill(Column? stored, Column inherited)
    {
        if (stored is null)
        {
            return inherited;
        }

        if (!stored.HasNulls)
        {
            return stored;
        }

        var own = (FixedColumn<long>)stored.ToDense();
        var others = (FixedColumn<long>)inherited.ToDense();
        var values = new long[own.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = own.IsNull(i) ? others.Values[i] : own.Values[i];
        }

        return new FixedColumn<long>(own.Type, values);
    }
}
