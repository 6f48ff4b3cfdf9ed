using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.State;

/// <summary>One part of one operator's state, as a state file holds it.</summary>
/// <param name="Operator">The 0-based place of the operator in its vertex's chain.</param>
/// <param name="KeyGroup">The key group; -1 for a plain part.</param>
/// <param name="Name">The operator's name for the part.</param>
/// <param name="Content">What the operator wrote.</param>
internal readonly record struct StateEntry(int Operator, int KeyGroup, string Name, ReadOnlyMemory<byte> Content);

/// <summary>
/// The bytes of a state file, one a stateful subtask and checkpoint: <c>ARCS</c>, a version byte, then entries one after the other, little-endian: operator (int32),
/// key group (int32), name length (uint16), name (UTF-8), content length (int32), content. Its checksum stands in the checkpoint's metadata.
/// </summary>
internal sealed class StateFile
{
    private const byte Version = 1;
    private const int EntryHeadSize = 14;
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public StateFile() => _buffer.Write("ARCS\u0001"u8);

    /// <summary>Whether no entry was added.</summary>
    public bool IsEmpty => _buffer.WrittenCount == 5;

    /// <summary>The file so far.</summary>
    public ReadOnlyMemory<byte> Content => _buffer.WrittenMemory;

    /// <summary>The writer that the operator at a place of the chain is given.</summary>
    public IStateWriter WriterOf(int operatorIndex) => new Writer(this, operatorIndex);

    /// <summary>Reads a file back.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CheckpointDamaged"/>.</exception>
    public static List<StateEntry> Read(ReadOnlyMemory<byte> file, string location)
    {
        var span = file.Span;
        if (span.Length < 5 || !span[..4].SequenceEqual("ARCS"u8) || span[4] != Version)
        {
            throw Damaged(location, "it does not start as a state file of version 1 does");
        }

        var entries = new List<StateEntry>();
        for (var at = 5; at < span.Length;)
        {
            if (span.Length - at < EntryHeadSize)
            {
                throw Damaged(location, "it ends within an entry");
            }

            var operatorIndex = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
            var keyGroup = BinaryPrimitives.ReadInt32LittleEndian(span[(at + 4)..]);
            var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(span[(at + 8)..]);
            var nameAt = at + 10;
            if (span.Length - nameAt < nameLength + 4)
            {
                throw Damaged(location, "it ends within an entry");
            }

            var contentLength = BinaryPrimitives.ReadInt32LittleEndian(span[(nameAt + nameLength)..]);
            var contentAt = nameAt + nameLength + 4;
            if (contentLength < 0 || contentLength > span.Length - contentAt)
            {
                throw Damaged(location, "it ends within an entry");
            }

            entries.Add(new StateEntry(operatorIndex, keyGroup, Encoding.UTF8.GetString(span.Slice(nameAt, nameLength)), file.Slice(contentAt, contentLength)));
            at = contentAt + contentLength;
        }

        return entries;
    }

    private static ArcticException Damaged(string location, string reason) => new(ErrorCodes.CheckpointDamaged, $"State file '{location}' cannot be read: {reason}.");

    private void Add(int operatorIndex, int keyGroup, string name, ReadOnlySpan<byte> content)
    {
        var nameLength = Encoding.UTF8.GetByteCount(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nameLength, ushort.MaxValue, nameof(name));
        var size = EntryHeadSize + nameLength + content.Length;
        var span = _buffer.GetSpan(size);
        BinaryPrimitives.WriteInt32LittleEndian(span, operatorIndex);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], keyGroup);
        BinaryPrimitives.WriteUInt16LittleEndian(span[8..], (ushort)nameLength);
        Encoding.UTF8.GetBytes(name, span[10..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[(10 + nameLength)..], content.Length);
        content.CopyTo(span[(EntryHeadSize + nameLength)..]);
        _buffer.Advance(size);
    }

    private sealed class Writer(StateFile file, int operatorIndex) : IStateWriter
    {
        public ValueTask WriteKeyGroupAsync(string name, int keyGroup, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(keyGroup);
            file.Add(operatorIndex, keyGroup, name, content.Span);
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            file.Add(operatorIndex, -1, name, content.Span);
            return ValueTask.CompletedTask;
        }
    }
}
