using System.Globalization;
using Arctic.Columnar.Errors;

namespace Arctic.DuckDb.Native;

/// <summary>An empty DuckDB database in memory, with its thread pool and memory limit. Thread-safe; dispose it after its connections.</summary>
internal sealed unsafe class DuckDatabase : IDisposable
{
    private nint _handle;
    private int _names;

    /// <summary>Opens a database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.ResourcesExhausted"/>: DuckDB refused the settings.</exception>
    public DuckDatabase(DuckDbOptions options)
    {
        DuckNative.CreateConfig(out var config);
        try
        {
            // Nothing may be loaded from a network (architecture, decision 8).
            Set(config, "autoinstall_known_extensions", "false");
            Set(config, "autoload_known_extensions", "false");
            Set(config, "preserve_insertion_order", "false");
            Set(config, "threads", options.Threads.ToString(CultureInfo.InvariantCulture));
            Set(config, "memory_limit", string.Create(CultureInfo.InvariantCulture, $"{options.MemoryBytesMax}B"));
            if (options.SpillDirectory is { } directory)
            {
                Set(config, "temp_directory", directory);
            }

            if (DuckNative.OpenExt(":memory:", out _handle, config, out var error) != DuckNative.Success)
            {
                var message = DuckNative.Text(error);
                DuckNative.Free(error);
                throw new ArcticException(ErrorCodes.ResourcesExhausted, $"Cannot open an in-memory DuckDB with {options}: {message}");
            }
        }
        finally
        {
            DuckNative.DestroyConfig(ref config);
        }
    }

    /// <summary>A connection of its own; one query at a time.</summary>
    public DuckConnection Connect()
    {
        if (DuckNative.Connect(_handle, out var connection) != DuckNative.Success)
        {
            throw new ArcticException(ErrorCodes.Internal, "DuckDB refused a connection to its own in-memory database.");
        }

        return new DuckConnection(connection);
    }

    /// <summary>A name that nothing in the database has yet.</summary>
    public string NextName(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}_{Interlocked.Increment(ref _names)}");

    public void Dispose()
    {
        if (_handle != 0)
        {
            DuckNative.Close(ref _handle);
        }
    }

    private static void Set(nint config, string name, string value)
    {
        if (DuckNative.SetConfig(config, name, value) != DuckNative.Success)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"DuckDB does not take '{value}' for its setting '{name}'.");
        }
    }
}

/// <summary>A connection to a <see cref="DuckDatabase"/>: one query at a time; only <see cref="Interrupt"/> may be called beside one.</summary>
internal sealed class DuckConnection(nint handle) : IDisposable
{
    private readonly Lock _lock = new();
    private nint _handle = handle;

    /// <summary>The native handle.</summary>
    public nint Handle => _handle;

    /// <summary>Makes the query that is running, if any, fail soon. Safe after disposal.</summary>
    public void Interrupt()
    {
        lock (_lock)
        {
            if (_handle != 0)
            {
                DuckNative.Interrupt(_handle);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_handle != 0)
            {
                DuckNative.Disconnect(ref _handle);
            }
        }
    }
}
