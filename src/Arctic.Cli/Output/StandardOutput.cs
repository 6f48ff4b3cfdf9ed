using System.Text;

namespace Arctic.Cli.Output;

/// <summary>
/// Stdout: buffered UTF-8, whole pieces only, from any thread. Knows when the reader has gone away (<c>arctic … | head</c>): then the command ends quietly.
/// </summary>
internal sealed class StandardOutput : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stream _stream;

    public StandardOutput(Stream stream) => _stream = new BufferedStream(stream, 64 * 1024);

    /// <summary>Whether the reader has gone away.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Takes a line.</summary>
    /// <exception cref="BrokenPipeException">The reader has gone away.</exception>
    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Takes bytes of UTF-8 text.</summary>
    /// <exception cref="BrokenPipeException">The reader has gone away.</exception>
    public void Write(ReadOnlySpan<byte> utf8)
    {
        lock (_gate)
        {
            try
            {
                _stream.Write(utf8);
            }
            catch (IOException e)
            {
                throw Broken(e);
            }
        }
    }

    /// <summary>Hands everything to the reader.</summary>
    /// <exception cref="BrokenPipeException">The reader has gone away.</exception>
    public void Flush()
    {
        lock (_gate)
        {
            try
            {
                _stream.Flush();
            }
            catch (IOException e)
            {
                throw Broken(e);
            }
        }
    }

    /// <summary>Hands what is left to the reader, if there still is one.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        catch (BrokenPipeException)
        {
            // Nobody is there to tell.
        }
    }

    private BrokenPipeException Broken(IOException inner)
    {
        IsBroken = true;
        return new BrokenPipeException(inner);
    }
}

/// <summary>The reader of stdout has gone away.</summary>
internal sealed class BrokenPipeException(IOException inner) : Exception("The reader of the output has gone away.", inner);
