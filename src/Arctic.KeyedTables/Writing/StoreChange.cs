using Arctic.Iceberg;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.KeyedTables.Writing;

/// <summary>What the files of a checkpoint do to a table: the step that <see cref="StoreCommitter"/> or <see cref="OverwriteCommit"/> puts into its transaction. One call at a time.</summary>
internal abstract class StoreChange
{
    /// <summary>The store that the commit is made to.</summary>
    public abstract IcebergTable StoreOf(MixedTable table);

    /// <summary>Whether a checkpoint without files is committed, too.</summary>
    public abstract bool CommitsWithoutFiles { get; }

    /// <summary>Whether a commit that others contradict may be planned again with the same files.</summary>
    public virtual bool CanPlanAgain => false;

    /// <summary>Takes note of the table as it is before anything of it is read for a change that must not be contradicted.</summary>
    public virtual ValueTask BeginAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Adds the step to a transaction of the store.</summary>
    /// <returns>Sets properties of the summary of its snapshot.</returns>
    public abstract ValueTask<Action<string, string>> AddStepAsync(Transaction transaction, IReadOnlyList<DataFile> files, CancellationToken cancellationToken);
}

/// <summary>Adds the files: changes to a change store, rows to a table without a key.</summary>
/// <param name="commitsEmpty">Whether a checkpoint without files makes a snapshot.</param>
internal sealed class AppendChange(bool commitsEmpty) : StoreChange
{
    /// <inheritdoc/>
    public override bool CommitsWithoutFiles => commitsEmpty;

    /// <inheritdoc/>
    public override IcebergTable StoreOf(MixedTable table) => table.WrittenStore;

    /// <inheritdoc/>
    public override ValueTask<Action<string, string>> AddStepAsync(Transaction transaction, IReadOnlyList<DataFile> files, CancellationToken cancellationToken)
    {
        var append = transaction.Append().Add(files);
        return ValueTask.FromResult<Action<string, string>>((key, value) => append.Set(key, value));
    }
}
