using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>Keyed state in checkpoints: under each key group a version, then one record after the other.</summary>
internal static class KeyGroupState
{
    /// <summary>Takes one record in.</summary>
    public delegate void ReadRecord(ref StateBytes source);

    /// <summary>Writes a record for each key.</summary>
    /// <param name="name">The name of the state in the checkpoint.</param>
    /// <param name="write">Writes the record of a key.</param>
    public static ValueTask SaveAsync(IStateWriter writer, string name, byte version, RowTable keys, int maxParallelism, Action<int, StateBuffer> write, CancellationToken cancellationToken) =>
        SaveAsync(writer, name, version, keys.LiveIds, id => KeyGroups.Of(keys.Hash(id), maxParallelism), write, cancellationToken);

    /// <summary>Writes records of any kind.</summary>
    /// <param name="name">The name of the state in the checkpoint.</param>
    /// <param name="keyGroupOf">Where a record belongs.</param>
    /// <param name="write">Writes one record.</param>
    public static async ValueTask SaveAsync<T>(
        IStateWriter writer, string name, byte version, IEnumerable<T> records, Func<T, int> keyGroupOf, Action<T, StateBuffer> write, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        foreach (var keyGroup in records.GroupBy(keyGroupOf))
        {
            buffer.Clear();
            buffer.WriteByte(version);
            foreach (var record in keyGroup)
            {
                write(record, buffer);
            }

            await writer.WriteKeyGroupAsync(name, keyGroup.Key, buffer.Written, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads all records of the key groups that are there.</summary>
    /// <param name="operatorName">Whose state it is, for messages.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><c>CHECKPOINT_DAMAGED</c>: another version, or an end too early.</exception>
    public static async ValueTask LoadAsync(IStateReader restored, string name, byte version, string operatorName, ReadRecord read, CancellationToken cancellationToken)
    {
        await foreach (var (_, content) in restored.ReadKeyGroupsAsync(name, cancellationToken).ConfigureAwait(false))
        {
            ReadAll(content.Span, version, operatorName, read);
        }
    }

    private static void ReadAll(ReadOnlySpan<byte> content, byte version, string operatorName, ReadRecord read)
    {
        var source = new StateBytes(content, operatorName);
        source.ReadVersion(version);
        while (!source.IsAtEnd)
        {
            read(ref source);
        }
    }
}
