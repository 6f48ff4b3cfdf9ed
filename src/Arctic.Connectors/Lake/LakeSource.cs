using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables.Reading;

namespace Arctic.Connectors.Lake;

/// <summary>
/// A lake table as a source. Bounded: the merged rows of one pinned state. Streaming: the base store's rows and the changes that it does not hold, then every change
/// that is committed later, each once and in the order of its bucket.
/// </summary>
internal sealed class LakeSource(LakeReadRequest request) : ISource
{
    private readonly ReadColumns _columns = new(request.Table.Schema, request.Table.Key, request.Columns);

    /// <inheritdoc/>
    public RowSchema Schema => _columns.ResultSchema;

    /// <inheritdoc/>
    public bool IsBounded => !request.IsStreaming;

    /// <inheritdoc/>
    public bool IsReplayable => true;

    /// <summary>
    /// The kinds of rows that come. The deletes of an upserting table carry the new image, as the original's do: whoever wants the old one keeps the newest row of each key.
    /// </summary>
    public ChangelogMode ChangelogMode => !request.IsStreaming || request.Table.Key is null ? ChangelogMode.Insert
        : request.Table.Options.IsUpsert ? ChangelogMode.Upsert
        : ChangelogMode.All;

    /// <summary>The number of readers that the statement asks for; null for the job's default.</summary>
    public int? Parallelism => request.Options.Parallelism;

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state)
    {
        ILakePlanner planner = request.Table.Key is null ? new AppendTablePlanner(request) : new KeyedTablePlanner(request);
        return new LakeSplitEnumerator(planner, request.IsStreaming, context.Parallelism, state);
    }

    /// <inheritdoc/>
    public ISourceReader CreateReader(SourceContext context)
    {
        var budget = new MemoryBudget($"the deletes of a split of table '{request.Table.Name}'", request.Options.DeleteMemoryLimit.Bytes)
        {
            Hint = $"Raise '{LakeReadOptions.DeleteMemoryLimitKey}', as a table property or in OPTIONS of the query, or optimize the table first: then there are fewer deletes to hold.",
        };
        return new LakeSourceReader(new LakeSplitReader(request.Table, _columns, budget, request.Options.BatchRowsMax));
    }
}
