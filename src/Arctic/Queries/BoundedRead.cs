using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Dataflow.Connectors;
using Microsoft.Extensions.Logging;

namespace Arctic.Queries;

/// <summary>Reads a bounded source from its start to its end with one reader, outside of a job: what batch queries read tables with.</summary>
internal static class BoundedRead
{
    /// <summary>All rows, once; the caller disposes the batches.</summary>
    public static async IAsyncEnumerable<ChangeBatch> ReadAsync(ISource source, string name, TimeProvider time, ILogger logger, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var context = new SourceContext { Name = name, Parallelism = 1, Subtask = -1, Time = time, Logger = logger };
        var enumerator = source.CreateEnumerator(context, ReadOnlyMemory<byte>.Empty);
        await using var _ = enumerator.ConfigureAwait(false);
        var reader = source.CreateReader(context with { Subtask = 0 });
        await using var __ = reader.ConfigureAwait(false);
        var mayCome = true;
        while (true)
        {
            if (enumerator.TryAssign(0) is not { } split)
            {
                if (!mayCome)
                {
                    yield break;
                }

                mayCome = await enumerator.DiscoverAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            reader.AddSplit(split);
            SourceRead read;
            do
            {
                read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (read.Batch is { } batch)
                {
                    yield return batch;
                }
            }
            while (!read.IsSplitFinished);
        }
    }
}
