using System.Runtime.CompilerServices;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.Tables;

/// <summary>Rows of a change store with what only their files' names and sequence numbers say: whether each was added or deleted, and by which transaction.</summary>
/// <param name="columns">The columns of the result: the table's and <see cref="Hidden"/>.</param>
internal sealed class ChangeStoreRows(TableScan scan, IReadOnlyList<NestedField> columns)
{
    /// <summary><c>INSERT</c> or <c>DELETE</c>.</summary>
    public static readonly NestedField Action = new(2147482644, "_change_action", IcebergTypes.String, true);

    private static readonly NestedField Transaction = new(2147482646, "_transaction_id", IcebergTypes.Long, true);

    /// <summary>The columns that a change store has beside the table's (spec/arctic.md, A.3).</summary>
    public static readonly IReadOnlyList<NestedField> Hidden = [Action, Transaction, HiddenColumns.FileOffset];

    /// <summary>The columns of the result.</summary>
    public RowSchema Schema { get; } = new(columns.Select(TypeMapping.ToField));

    /// <summary>The rows, file by file.</summary>
    /// <returns>Batches that the consumer disposes.</returns>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, StoreFile>(StringComparer.Ordinal);
        await foreach (var task in scan.PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            files[task.File.FilePath] = StoreFile.Of(task.File, task.SequenceNumber, StoreKind.Change, partition: "");
        }

        var read = columns.Where(c => c != Action && c != Transaction).Append(MetadataColumns.FilePath).ToArray();
        await foreach (var batch in scan.Select(read).ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ChangeBatch result;
            using (batch)
            {
                result = Complete(batch, files);
            }

            yield return result;
        }
    }

    private ChangeBatch Complete(ChangeBatch batch, Dictionary<string, StoreFile> files)
    {
        var actions = (BytesColumnBuilder)ColumnBuilder.Create(TypeMapping.ToField(Action).Type);
        var transactions = (FixedColumnBuilder<long>)ColumnBuilder.Create(TypeMapping.ToField(Transaction).Type);
        var paths = (BytesColumn)batch.Columns[^1].ToDense();
        StoreFile? file = null;
        for (var i = 0; i < batch.ColumnLength; i++)
        {
            if (file is null || !paths[i].SequenceEqual(paths[i - 1]))
            {
                file = files[Encoding.UTF8.GetString(paths[i])];
            }

            actions.Append(file.Type == StoreFileType.EqualityDelete ? "DELETE" : "INSERT");
            transactions.Append(file.Transaction);
        }

        var (action, transaction) = (actions.Build(), transactions.Build());
        var next = 0;
        return batch.WithColumns(Schema, columns.Select(c => c == Action ? action : c == Transaction ? transaction : batch.Columns[next++]).ToArray());
    }
}
