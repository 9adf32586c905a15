/* The start of a program on a Cortex-M: the vector table, and what C expects of the memory. */
#include <stdint.h>

extern uint32_t _stack[], _data[], _data_end[], _data_load[], _bss[], _bss_end[];
int main(void);
void reset_handler(void);
static void fault_handler(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    _stack,        (void *)reset_handler, (void *)fault_handler, (void *)fault_handler, (void *)fault_handler,
    (void *)fault_handler, (void *)fault_handler, 0, 0, 0, 0, (void *)fault_handler, 0, 0, (void *)fault_handler,
    (void *)fault_handler,
};

void reset_handler(void) {
    uint32_t *from = _data_load;
    for (uint32_t *to = _data; to < _data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = _bss; to < _bss_end; to++) {
        *to = 0;
    }
    main();
    for (;;) {
    }
}

static void fault_handler(void) {
    static const uint32_t reason[2] = {0x20026, 101};
    register uint32_t r0 __asm__("r0") = 0x20;
    register const void *r1 __asm__("r1") = reason;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    for (;;) {
    }
}
