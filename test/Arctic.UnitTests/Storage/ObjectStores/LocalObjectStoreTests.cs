using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Storage.ObjectStores;

public sealed class LocalObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override IObjectStore Store { get; } = new LocalObjectStore();

    protected override string Root => _folder.Path + "/root";

    protected override string? CreateIfAbsentRestsOn => "link(2) of a synced temporary file, which fails when the name is taken; the folder is synced after it.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_spelling_of_a_location_is_one_file()
    {
        await Store.PutAsync("file:" + At("x"), Bytes("1"), Token);

        Assert.NotNull(await Store.FindAsync(At("x"), Token));
        Assert.NotNull(await Store.FindAsync("file://" + At("x"), Token));
        Assert.NotNull(await Store.FindAsync("file://localhost" + At("x"), Token));
        Assert.True(File.Exists(At("x")));
    }

    [Fact]
    public async Task A_reader_tells_its_path()
    {
        await Store.PutAsync(At("x"), Bytes("1"), Token);
        await using var reader = await Store.OpenReadAsync("file://" + At("x"), Token);

        Assert.Equal(At("x"), reader.LocalPath);
    }

    [Theory]
    [InlineData(1)] // EPERM: FAT, some network mounts
    [InlineData(18)] // EXDEV
    [InlineData(31)] // EMLINK
    public async Task A_file_system_without_hard_links_is_refused(int error)
    {
        var store = new LocalObjectStore((_, _) => error);

        var refused = await Assert.ThrowsAsync<ArcticException>(async () => await store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token));

        Assert.Equal(ErrorCodes.StorageRefused, refused.Code);
        Assert.Contains("hard links", refused.Message);
        Assert.Empty(Directory.EnumerateFiles(Root));
    }

    [Fact]
    public async Task The_link_decides_even_when_the_look_before_saw_nothing()
    {
        // The name appears between the look and the link.
        var store = new LocalObjectStore((temporary, path) =>
        {
            File.WriteAllText(path, "the other writer");
            return PosixFiles.Link(temporary, path);
        });

        Assert.False(await store.CreateIfAbsentAsync(At("x"), Bytes("mine"), Token));
        Assert.Equal("the other writer", await ReadAsync("x"));
        Assert.Single(Directory.EnumerateFiles(Root));
    }

    [Fact]
    public async Task A_failed_disk_is_transient_and_the_content_is_whole_before_it_has_a_name()
    {
        string? seen = null;
        var store = new LocalObjectStore((temporary, _) =>
        {
            seen = File.ReadAllText(temporary);
            return 5; // EIO
        });

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await store.CreateIfAbsentAsync(At("x"), Bytes("whole"), Token));

        Assert.Equal(ErrorCodes.StorageFailed, error.Code);
        Assert.Equal("whole", seen);
    }

    [Fact]
    public async Task What_a_crashed_writer_left_is_hidden()
    {
        await Store.PutAsync(At("t/x"), Bytes("1"), Token);
        File.WriteAllText(At("t/.arctic-tmp-0123"), "half");
        Directory.CreateDirectory(At("crashed"));
        File.WriteAllText(At("crashed/.arctic-tmp-4567"), "half");

        Assert.Equal(["t/x"], await ListAsync(""));
        var names = new List<string>();
        await foreach (var entry in Store.ListFolderAsync(Root, Token))
        {
            names.Add(entry.Name);
        }

        Assert.Equal(["t"], names);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_refused_with_advice()
    {
        var folder = ReadOnlyFolder();

        foreach (var write in new Func<string, Task>[]
        {
            l => Store.PutAsync(l, Bytes("1"), Token).AsTask(),
            l => Store.CreateIfAbsentAsync(l, Bytes("1"), Token).AsTask(),
            l => Store.CreateAsync(l, Token).AsTask(),
        })
        {
            var error = await Assert.ThrowsAsync<ArcticException>(() => write(folder + "/arctic-test/x"));
            Assert.Equal(ErrorCodes.StorageRefused, error.Code);
            Assert.False(error.Code.IsTransient);
            Assert.Contains(folder, error.Message);
            Assert.Contains("permissions", error.Message);
        }
    }

    [Fact]
    public async Task A_file_in_the_place_of_a_folder_is_refused()
    {
        await Store.PutAsync(At("file"), Bytes("1"), Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Store.PutAsync(At("file/below"), Bytes("1"), Token));

        Assert.Equal(ErrorCodes.StorageRefused, error.Code);
        Assert.Contains("file/below", error.Message);
    }

    [Fact]
    public async Task Replacing_a_folder_is_refused()
    {
        await Store.PutAsync(At("folder/x"), Bytes("1"), Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Store.PutAsync(At("folder"), Bytes("1"), Token));

        Assert.Equal(ErrorCodes.StorageRefused, error.Code);
        Assert.Equal(["folder/x"], await ListAsync(""));
        Assert.Empty(Directory.EnumerateFiles(Root));
    }

    [Fact]
    public async Task A_deletion_removes_empty_folders_but_no_other()
    {
        await Store.PutAsync(At("a/b/c/x"), Bytes("1"), Token);
        await Store.PutAsync(At("a/y"), Bytes("1"), Token);

        await Store.DeleteAsync(At("a/b/c/x"), Token);

        Assert.False(Directory.Exists(At("a/b")));
        Assert.True(Directory.Exists(At("a")));
    }

    // Root may write wherever permissions forbid it, but not into the kernel's own file system.
    private string ReadOnlyFolder()
    {
        if (Environment.UserName == "root")
        {
            Assert.SkipUnless(Directory.Exists("/sys/kernel"), "Root can write everywhere, and there is no /sys.");
            return "/sys/kernel";
        }

        var folder = At("read-only");
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return folder;
    }
}
