namespace Arctic.Storage.ObjectStores;

/// <summary>A reader whose bytes are on this machine, so that native code that waits for them may be given them in its own memory.</summary>
internal interface ISpanReader
{
    /// <summary>As <see cref="IObjectReader.ReadAsync"/>, while the caller waits.</summary>
    void Read(long offset, Span<byte> buffer);
}
